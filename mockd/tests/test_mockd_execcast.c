/* SPDX-License-Identifier: MIT */
/* test_mockd_execcast.c - files that load, and files that must not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "bounds.h"
#include "cleanup.h"
#include "execcast.h"

#define HEADER                                                                 \
    "{\"execcast\":1,\"vars\":{\"NAME\":\"t1\",\"EID1\":\"e1e1e1e1\"}}\n"
#define NO_BYTES                                                               \
    "\"s2c_bytes\":0,\"c2s_bytes\":0,\"sha256_s2c\":"                          \
    "\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"}}\n"
#define END "{\"end\":{\"rules\":0,\"events\":0," NO_BYTES
#define PING "{\"on\":\"GET /_ping\",\"reply\":{\"head\":[\"HTTP/1.1 200 OK\"]"
#define HEAD "[0,\"<H\",[\"HTTP/1.1 200 OK\"]"
#define STREAM "{\"stream\":\"s1\"}\n"

struct row {
    const char *name;
    const char *text;
    const char *error; /* NULL = it loads */
};

static struct row rows[] = {
    {"header_and_end", HEADER END, NULL},
    {"comments_and_empty_lines", "# x\n\n" HEADER "#\n" END "# y\n\n", NULL},
    {"no_last_line_end",
     HEADER "{\"end\":{\"rules\":0,\"events\":0,\"s2c_bytes\":0,"
            "\"c2s_bytes\":0,\"sha256_s2c\":"
            "\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852"
            "b855\"}}",
     NULL},
    {"one_rule", HEADER PING "}}\n{\"end\":{\"rules\":1,\"events\":0," NO_BYTES,
     NULL},
    {"nothing", "", "f:1: no header; the first line begins {\"execcast\":1"},
    {"only_a_comment", "# x\n",
     "f:1: no header; the first line begins {\"execcast\":1"},
    {"first_line_is_no_header", PING "}}\n",
     "f:1: the first line is not a header; it begins {\"execcast\":1"},
    {"first_line_is_an_event", HEAD "]\n",
     "f:1: the first line is not a header; it begins {\"execcast\":1"},
    {"version_two", "{\"execcast\":2}\n",
     "f:1: header: execcast is not 1, the only version there is"},
    {"unknown_header_key", "{\"execcast\":1,\"mode\":\"x\"}\n",
     "f:1: header: unknown key \"mode\""},
    {"key_twice", "{\"execcast\":1,\"name\":\"a\",\"name\":\"b\"}\n",
     "f:1: header: \"name\" is there twice"},
    {"name_is_a_number", "{\"execcast\":1,\"name\":1}\n",
     "f:1: header: name is not a string"},
    {"provenance_of_a_number",
     "{\"execcast\":1,\"provenance\":{\"kernel\":6}}\n",
     "f:1: header: provenance: kernel is not a string"},
    {"vars_is_an_array", "{\"execcast\":1,\"vars\":[]}\n",
     "f:1: vars: not an object of strings"},
    {"var_of_unknown_kind", "{\"execcast\":1,\"vars\":{\"FOO\":\"x\"}}\n",
     "f:1: vars: \"FOO\" is not NAME, CID, EID or ANY and a number"},
    {"empty_var", "{\"execcast\":1,\"vars\":{\"CID\":\"\"}}\n",
     "f:1: vars: CID is empty"},
    {"equal_vars", "{\"execcast\":1,\"vars\":{\"CID\":\"x\",\"EID1\":\"x\"}}\n",
     "f:1: vars: CID and EID1 are the same"},
    {"no_end", HEADER PING "}}\n", "f:2: no end; the file was cut"},
    {"data_after_end", HEADER END HEADER, "f:3: data after the end"},
    {"two_ends", HEADER END END, "f:3: data after the end"},
    {"rules_miscounted",
     HEADER PING "}}\n{\"end\":{\"rules\":2,\"events\":0," NO_BYTES,
     "f:3: end: rules says 2, counted 1; the file was cut or edited"},
    {"events_miscounted", HEADER "{\"end\":{\"rules\":0,\"events\":3," NO_BYTES,
     "f:2: end: events says 3, counted 0; the file was cut or edited"},
    {"engine_bytes_miscounted",
     HEADER "{\"end\":{\"rules\":0,\"events\":0,\"s2c_bytes\":1}}\n",
     "f:2: end: s2c_bytes says 1, counted 0; the file was cut or edited"},
    {"client_bytes_miscounted",
     HEADER "{\"end\":{\"rules\":0,\"events\":0,\"s2c_bytes\":0,"
            "\"c2s_bytes\":9}}\n",
     "f:2: end: c2s_bytes says 9, counted 0; the file was cut or edited"},
    {"total_missing", HEADER "{\"end\":{\"rules\":0}}\n",
     "f:2: end: events is not a number"},
    {"digest_too_short",
     HEADER "{\"end\":{\"rules\":0,\"events\":0,\"s2c_bytes\":0,"
            "\"c2s_bytes\":0,\"sha256_s2c\":\"e3\"}}\n",
     "f:2: end: sha256_s2c is not 64 hex digits"},
    {"digest_of_other_bytes",
     HEADER STREAM HEAD
     "]\n{\"end\":{\"rules\":0,\"events\":1,\"s2c_bytes\":19,\"c2s_bytes\":0,"
     "\"sha256_s2c\":\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca49599"
     "1b7852b855\"}}\n",
     "f:4: end: sha256_s2c does not fit, counted "
     "5212f7a67551c4744fd1099622fe454a56221fcb231c76d1ab15efbdf44f1057; the "
     "file was cut or edited"},
    {"not_json", HEADER "{\"on\":}\n",
     "f:2: column 7: not valid JSON from here on"},
    {"cut_json", HEADER "{\"on\"",
     "f:2: column 6: not valid JSON from here on"},
    {"garbage_after_value", HEADER "{} x\n",
     "f:2: column 4: not valid JSON from here on"},
    {"nul_escape", HEADER "{\"on\":\"a\\u0000b\"}\n",
     "f:2: column 9: \\u0000 is not allowed in a string"},
    {"raw_tab", HEADER "{\"on\":\"a\tb\"}\n",
     "f:2: column 9: a control character; escape it"},
    {"bell", HEADER "{\"on\":\"a\ab\"}\n",
     "f:2: column 9: a control character; escape it"},
    {"invalid_utf8", HEADER "{\"on\":\"\xFF\"}\n",
     "f:2: column 8: not UTF-8; escape the byte as %HH"},
    {"surrogate_in_utf8", HEADER "{\"on\":\"\xED\xA0\x80\"}\n",
     "f:2: column 8: not UTF-8; escape the byte as %HH"},
    {"overlong_utf8", HEADER "{\"on\":\"\xC0\x80\"}\n",
     "f:2: column 8: not UTF-8; escape the byte as %HH"},
    {"number_alone", HEADER "7\n",
     "f:2: not a rule (on), a stream, an event or the end"},
    {"unknown_rule_key", HEADER PING "},\"status\":1}\n",
     "f:2: rule: unknown key \"status\""},
    {"rule_without_answer", HEADER "{\"on\":\"GET /_ping\"}\n",
     "f:2: rule: has no answer; it needs a reply or a stream"},
    {"rule_with_two_answers", HEADER PING "},\"stream\":\"s1\"}\n",
     "f:2: rule: has two answers; it needs a reply or a stream"},
    {"on_is_a_number", HEADER "{\"on\":1}\n", "f:2: rule: on is not a string"},
    {"on_without_method", HEADER "{\"on\":\"/_ping\"}\n",
     "f:2: on: \"/_ping\" is not a method, a blank and a path"},
    {"on_without_slash", HEADER "{\"on\":\"GET _ping\"}\n",
     "f:2: on: \"_ping\" is no path; it starts with a slash"},
    {"on_with_version", HEADER "{\"on\":\"GET /v1.41/_ping\"}\n",
     "f:2: on: leave the /vN.M before the path out"},
    {"on_with_undeclared_variable",
     HEADER "{\"on\":\"GET /exec/{EID2}/json\"}\n",
     "f:2: on: {EID2} is not in the header's vars"},
    {"on_with_variable_in_a_word", HEADER "{\"on\":\"GET /x{EID1}/json\"}\n",
     "f:2: on: \"x{EID1}\": a variable in braces is a whole part of the path"},
    {"on_with_bad_escape", HEADER "{\"on\":\"GET /%zz\"}\n",
     "f:2: on: \"%zz\" has a bad percent escape"},
    {"phase_without_exec", HEADER PING "},\"phase\":\"created\"}\n",
     "f:2: phase: only for a path with an {EID}"},
    {"unknown_phase",
     HEADER "{\"on\":\"GET /exec/{EID1}/json\",\"phase\":\"dead\"}\n",
     "f:2: phase: not \"created\", \"running\" or \"exited\""},
    {"reply_without_head", HEADER "{\"on\":\"GET /x\",\"reply\":{}}\n",
     "f:2: head: not an array of 1 to 256 lines"},
    {"reply_with_bad_status_line",
     HEADER "{\"on\":\"GET /x\",\"reply\":{\"head\":[\"200 OK\"]}}\n",
     "f:2: head: \"200 OK\" is not a status line"},
    {"reply_with_bad_line",
     HEADER "{\"on\":\"GET /x\",\"reply\":{\"head\":[\"HTTP/1.1 200 OK\","
            "\"x\"]}}\n",
     "f:2: head: \"x\" is not \"Name: value\""},
    {"reply_with_line_end",
     HEADER "{\"on\":\"GET /x\",\"reply\":{\"head\":[\"HTTP/1.1 200 OK\\r\"]}}"
            "\n",
     "f:2: head: a line is not a string without line ends"},
    {"reply_that_is_interim",
     HEADER "{\"on\":\"GET /x\",\"reply\":{\"head\":[\"HTTP/1.1 101 UP\"]}}\n",
     "f:2: reply: 101 is no final answer; an attached start has a stream"},
    {"upgrade_on_a_reply", HEADER PING "},\"upgrade\":true}\n",
     "f:2: upgrade: a start with a stream has it, and no other"},
    {"stream_on_an_inspect",
     HEADER "{\"on\":\"GET /exec/{EID1}/json\",\"stream\":\"s1\"}\n",
     "f:2: rule: only POST /exec/{EID}/start has a stream"},
    {"stream_nowhere",
     HEADER "{\"on\":\"POST /exec/{EID1}/start\",\"upgrade\":true,"
            "\"stream\":\"s1\"}\n{\"end\":{\"rules\":1,\"events\":0," NO_BYTES,
     "f:2: rule: stream s1 is nowhere in the file"},
    {"makes_an_unknown_exec",
     HEADER "{\"on\":\"POST /containers/{NAME}/exec\",\"makes\":\"EID9\","
            "\"reply\":{\"head\":[\"HTTP/1.1 201 Created\"]}}\n",
     "f:2: makes: \"EID9\" is no EID of the header's vars"},
    {"makes_on_a_ping", HEADER PING "},\"makes\":\"EID1\"}\n",
     "f:2: makes: only for POST /containers/{NAME}/exec"},
    {"times_of_zero", HEADER PING "},\"times\":0}\n",
     "f:2: times: 1 to 1000000, and only for a reply"},
    {"match_of_both", HEADER PING "},\"match\":{\"json\":1,\"body\":\"\"}}\n",
     "f:2: match: not {\"json\":VALUE} or {\"body\":PAYLOAD}"},
    {"event_before_stream", HEADER HEAD "]\n",
     "f:2: event: no {\"stream\":NAME} line before it"},
    {"stream_without_name", HEADER "{\"stream\":\"\"}\n",
     "f:2: stream: not a name"},
    {"unknown_event_code", HEADER STREAM HEAD "]\n[0,\"exit\",3]\n",
     "f:4: event: unknown code \"exit\"; there are <H < > <. >. <! >! r"},
    {"negative_time", HEADER STREAM "[-1,\"<.\"]\n",
     "f:3: event: the first item is not 0 to 2147483647 microseconds"},
    {"time_too_large", HEADER STREAM "[2147483648,\"<.\"]\n",
     "f:3: event: the first item is not 0 to 2147483647 microseconds"},
    {"data_before_head", HEADER STREAM "[0,\"<\",\"x\"]\n",
     "f:3: event: a stream starts with its one <H"},
    {"two_heads", HEADER STREAM HEAD "]\n" HEAD "]\n",
     "f:4: event: a stream starts with its one <H"},
    {"data_after_engine_end",
     HEADER STREAM HEAD "]\n[0,\"<.\"]\n[0,\"<\",\"x\"]\n",
     "f:5: event: < after the engine's end"},
    {"reset_after_engine_end", HEADER STREAM HEAD "]\n[0,\"<.\"]\n[0,\"<!\"]\n",
     "f:5: event: <! after the engine's end"},
    {"input_after_client_end",
     HEADER STREAM HEAD "]\n[0,\">.\"]\n[0,\">\",\"x\"]\n",
     "f:5: event: > after the client's end"},
    {"end_with_payload", HEADER STREAM HEAD "]\n[0,\"<.\",\"x\"]\n",
     "f:4: event: <. has no payload, only an object of attributes"},
    {"data_without_payload", HEADER STREAM HEAD "]\n[0,\"<\"]\n",
     "f:4: payload: not a string, {text}, {b64}, {file, off, len} or "
     "{fill, len}"},
    {"too_many_items", HEADER STREAM HEAD "]\n[0,\"<\",\"x\",{},1]\n",
     "f:4: event: < has a payload and an object of attributes"},
    {"unknown_attribute", HEADER STREAM HEAD "]\n[0,\"<\",\"x\",{\"a\":1}]\n",
     "f:4: event: unknown key \"a\""},
    {"bad_escape_in_event", HEADER STREAM HEAD "]\n[0,\"<\",\"%4\"]\n",
     "f:4: payload: bad escape \"%4\"; write %HH, and %25 for a percent sign"},
    {"bad_size", HEADER STREAM HEAD "]\n[0,\"r\",\"80\"]\n",
     "f:4: event: r has a size such as \"80x24\""},
    {"bad_sync", HEADER STREAM HEAD "]\n[0,\">.\",{\"sync\":\"match\"}]\n",
     "f:4: sync: not \"free\""},
    {"segments_of_wrong_sum", HEADER STREAM HEAD ",{\"seg\":[10,8]}]\n",
     "f:3: seg: the sum is 18, the head has 19 bytes"},
    {"segment_of_zero", HEADER STREAM HEAD ",{\"seg\":[19,0]}]\n",
     "f:3: seg: a size is not a positive number of bytes"},
    {"joined_to_nothing",
     HEADER STREAM HEAD ",{\"joined\":true}]\n[0,\"<.\"]\n",
     "f:4: event: the head is joined, so a < comes after it"},
    {"sidecar_without_folder",
     HEADER STREAM HEAD
     "]\n[0,\"<\",{\"file\":\"a.bin\",\"off\":0,\"len\":1}]\n",
     "f:4: payload: file a.bin: there is no folder to look in"},
};

#define SCRIPT "{'execcast':1,'script':true}\n"
#define STEPS SCRIPT "{'stream':'s1'}\n"
#define EXEC "{'on':'POST /containers/{NAME}/exec',"
#define INSPECT "{'on':'GET /exec/{EID1}/json','inspect':"

/* Scripts, with ' for ". */
static struct row script_rows[] = {
    {"script_of_nothing", SCRIPT, NULL},
    {"script_that_says_false", "{'execcast':1,'script':false}\n",
     "f:1: no end; the file was cut"},
    {"script_with_an_end", SCRIPT "{'end':{}}\n", NULL},
    {"script_with_totals", SCRIPT "{'end':{'rules':0}}\n",
     "f:2: end: nothing of a script is counted; write {\"end\":{}} or leave "
     "the line out"},
    {"script_with_data_after_its_end", SCRIPT "{'end':{}}\n{'stream':'s'}\n",
     "f:3: data after the end"},
    {"script_that_is_a_number", "{'execcast':1,'script':1}\n",
     "f:1: header: script is not true or false"},
    {"engine_of_a_recording", "{'execcast':1,'engine':'podman'}\n",
     "f:1: header: engine is for scripts; a recording's goes into provenance"},
    {"unknown_engine", "{'execcast':1,'script':true,'engine':'x'}\n",
     "f:1: header: engine is not \"docker\" or \"podman\""},
    {"version_with_a_line_end",
     "{'execcast':1,'script':true,'provenance':{'engine_version':'1\\n'}}\n",
     "f:1: header: provenance: engine_version is not one word of ASCII"},
    {"empty_version",
     "{'execcast':1,'script':true,'provenance':{'engine_version':''}}\n",
     "f:1: header: provenance: engine_version is not 1 to 255 bytes"},
    {"api_version_of_another_kind",
     "{'execcast':1,'script':true,'provenance':{'api_version':'2.0'}}\n",
     "f:1: header: provenance: api_version is not such as \"1.51\""},
    {"usual_create", SCRIPT EXEC "'makes':'EID1'}\n", NULL},
    {"rule_that_answers_nothing", SCRIPT EXEC "'times':1}\n",
     "f:2: rule: has no answer; it needs a reply or a stream, or for an "
     "inspect one of \"inspect\""},
    {"head_of_status_100", SCRIPT EXEC "'reply':{'head':100}}\n",
     "f:2: head: not a status from 200 to 599, an array of lines, or left out"},
    {"recorded_head_of_a_status",
     "{'execcast':1}\n{'on':'GET /x','reply':{'head':200}}\n",
     "f:2: head: not an array of 1 to 256 lines"},
    {"body_without_end",
     SCRIPT EXEC "'reply':{'body':{'fill':'00','len':"
                 "16777217}}}\n",
     "f:2: body: over 16777216 bytes; only a stream sends more"},
    {"inspect_of_a_ping", SCRIPT "{'on':'GET /_ping','inspect':'immediate'}\n",
     "f:2: inspect: only for GET /exec/{EID}/json"},
    {"inspect_of_another_way", SCRIPT INSPECT "'later'}\n",
     "f:2: inspect: not \"immediate\", {\"after_polls\":N} (0 to 1000000) or "
     "\"until_released\""},
    {"inspect_after_polls", SCRIPT INSPECT "{'after_polls':2}}\n", NULL},
    {"inspect_after_too_many", SCRIPT INSPECT "{'after_polls':1000001}}\n",
     "f:2: inspect: not \"immediate\", {\"after_polls\":N} (0 to 1000000) or "
     "\"until_released\""},
    {"inspect_and_reply", SCRIPT INSPECT "'immediate','reply':{}}\n",
     "f:2: rule: has two answers; it needs a reply or a stream, or for an "
     "inspect one of \"inspect\""},
    {"recorded_inspect",
     "{'execcast':1}\n{'on':'GET /x','inspect':'immediate'}\n",
     "f:2: rule: unknown key \"inspect\""},
    {"recorded_subset",
     "{'execcast':1}\n{'on':'GET /x','reply':{'head':['HTTP/1.1 200 OK']},"
     "'match':{'subset':{}}}\n",
     "f:2: match: unknown key \"subset\""},
    {"subset_of_an_array",
     SCRIPT EXEC "'makes':'EID1','match':{'subset':[1]}}\n",
     "f:2: subset: not an object of members"},
    {"subset_and_json",
     SCRIPT EXEC "'makes':'EID1','match':{'subset':{},'json':1}}\n",
     "f:2: match: not {\"json\":VALUE} or {\"body\":PAYLOAD}, "
     "{\"subset\":{..}}, {\"pattern\":{..}} or the last two together"},
    {"pattern_of_a_flag",
     SCRIPT EXEC "'makes':'EID1','match':{'pattern':{'Tty':true}}}\n",
     "f:2: pattern: Tty is not a string or an array of them; put it into "
     "subset"},
    {"pattern_that_is_wrong",
     SCRIPT EXEC "'makes':'EID1','match':{'pattern':{'Cmd':'('}}}\n",
     "f:2: pattern: Cmd: \"(\": Unmatched ( or \\("},
    {"pattern_with_a_back_reference",
     SCRIPT EXEC "'makes':'EID1','match':{'pattern':{'Cmd':'(a)\\\\1'}}}\n",
     "f:2: pattern: Cmd: no back-references, and counts in braces whose "
     "product is at most 1000"},
    {"pattern_that_explodes",
     SCRIPT EXEC "'makes':'EID1','match':{'pattern':{'Cmd':'((a{99}){99}){9}'"
                 "}}}\n",
     "f:2: pattern: Cmd: no back-references, and counts in braces whose "
     "product is at most 1000"},
    {"pattern_of_nothing",
     SCRIPT EXEC "'makes':'EID1','match':{'pattern':{}}}\n",
     "f:2: pattern: not an object of regular expressions"},
    {"stream_without_events",
     STEPS "{'on':'POST /exec/{EID1}/start','stream':'s1'}\n", NULL},
    {"scripted_stream_nowhere",
     SCRIPT "{'on':'POST /exec/{EID1}/start','stream':'s1'}\n",
     "f:2: rule: stream s1 is nowhere in the file"},
    {"unknown_step", STEPS "['wait']\n",
     "f:3: event: unknown code \"wait\"; there are <H < > <. >. <! >! r <0 <1 "
     "<2 <3 >= r= echo exit pause repeat again"},
    {"event_without_code", STEPS "[{}]\n",
     "f:3: event: the first item is not a code, or 0 to 2147483647 "
     "microseconds and a code"},
    {"recorded_step", HEADER STREAM HEAD "]\n[0,'<1','x']\n",
     "f:4: event: unknown code \"<1\"; there are <H < > <. >. <! >! r"},
    {"recorded_prng", HEADER STREAM HEAD "]\n[0,'<',{'prng':1,'len':1}]\n",
     "f:4: payload: not a string, {text}, {b64}, {file, off, len} or "
     "{fill, len}"},
    {"recorded_fill_without_end",
     HEADER STREAM HEAD "]\n[0,'<',{'fill':'00','len':16777217}]\n",
     "f:4: payload: over 16777216 bytes; split it into several events"},
    {"second_head", STEPS "['<','x']\n['<H']\n",
     "f:4: event: a stream starts with its one <H"},
    {"usual_head_of_404", STEPS "['<H',404]\n",
     "f:3: event: the usual <H is 101 or 200; for another write its lines"},
    {"usual_head_in_segments", STEPS "['<H',{'seg':[1]}]\n",
     "f:3: event: seg and joined need the head's lines"},
    {"frame_of_nothing", STEPS "['<1']\n",
     "f:3: payload: not a string, {text}, {b64}, {file, off, len}, "
     "{fill, len}, {prng, len} or {lines, width}"},
    {"frame_of_length_0", STEPS "['<1','x',{'frame_len':0}]\n",
     "f:3: frame_len: not 1 to 4294967295 bytes"},
    {"frame_that_is_too_long", STEPS "['<1',{'fill':'00','len':4294967296}]\n",
     "f:3: event: one frame holds at most 4294967295 bytes; say "
     "{\"frame_len\":32768}"},
    {"raw_bytes_with_a_frame_len", STEPS "['<','x',{'frame_len':1}]\n",
     "f:3: event: unknown key \"frame_len\""},
    {"many_gib",
     STEPS "['<1',{'prng':7,'len':1099511627776},"
           "{'frame_len':32768}]\n",
     NULL},
    {"too_many_gib", STEPS "['<',{'prng':7,'len':1099511627777}]\n",
     "f:3: payload: over 1099511627776 bytes; repeat it in a block"},
    {"too_many_gib_of_fill", STEPS "['<',{'fill':'00','len':1099511627777}]\n",
     "f:3: payload: over 1099511627776 bytes; repeat it in a block"},
    {"too_many_lines", STEPS "['<',{'lines':1099511627776,'width':8}]\n",
     "f:3: payload: over 1099511627776 bytes; repeat it in a block"},
    {"lines_that_are_too_short", STEPS "['<',{'lines':1,'width':7}]\n",
     "f:3: payload: lines needs how many there are, and the width of each: 8 "
     "to 65536 bytes with its line feed"},
    {"prng_without_seed", STEPS "['<',{'prng':-1,'len':1}]\n",
     "f:3: payload: prng needs a seed from 0 to 2^53 and a len in bytes"},
    {"any_bytes_of_true", STEPS "['>',true]\n",
     "f:3: event: > waits for a payload's length, or 1 to 1099511627776 bytes"},
    {"free_step", STEPS "['>',1,{'sync':'free'}]\n",
     "f:3: sync: a script leaves out what it does not wait for"},
    {"else_of_another_way", STEPS "['>=','a',{'else':'stop'}]\n",
     "f:3: else: not \"reset\" or \"go on\""},
    {"size_of_one_side", STEPS "['r=','80']\n",
     "f:3: event: a size is such as \"80x24\"; any size is [\"r\"]"},
    {"size_of_none", STEPS "['r=','0x24']\n",
     "f:3: event: a size is such as \"80x24\"; any size is [\"r\"]"},
    {"size_that_is_too_large", STEPS "['r=','65536x24']\n",
     "f:3: event: a size is such as \"80x24\"; any size is [\"r\"]"},
    {"echo_on_stream_4", STEPS "['echo',4]\n",
     "f:3: event: echo has nothing (raw), or a frame's stream, 0 to 3"},
    {"half_close_after_echo", STEPS "['echo']\n['>.']\n",
     "f:4: event: >. after the client's end"},
    {"echo_after_the_end", STEPS "['<.']\n['echo']\n",
     "f:4: event: echo after the engine's end"},
    {"exit_256", STEPS "['exit',256]\n",
     "f:3: event: exit has a code, 0 to 255"},
    {"two_exits", STEPS "['exit',1]\n['exit',1]\n",
     "f:4: event: a stream has one exit"},
    {"pause_of_nothing", STEPS "['pause',0]\n",
     "f:3: event: pause has microseconds, 1 to 3600000000"},
    {"repeat_without_rounds", STEPS "['repeat']\n",
     "f:3: event: repeat has rounds, 1 to 1000000000000"},
    {"block_in_a_block", STEPS "['repeat',2]\n['repeat',2]\n",
     "f:4: event: a block in a block; close the first with [\"again\"]"},
    {"block_that_stays_open", STEPS "['repeat',2]\n['<','x']\n",
     "f:3: event: the block has no end; close it with [\"again\"]"},
    {"empty_block", STEPS "['repeat',2]\n['again']\n",
     "f:4: event: again closes a block that [\"repeat\",N] opened and that has "
     "steps"},
    {"again_without_repeat", STEPS "['<','x']\n['again']\n",
     "f:4: event: again closes a block that [\"repeat\",N] opened and that has "
     "steps"},
    {"exit_in_a_block", STEPS "['repeat',2]\n['exit',1]\n",
     "f:4: event: exit happens once; put it behind [\"again\"]"},
    {"again_with_a_payload", STEPS "['again',1]\n",
     "f:3: event: again has no payload, only an object of attributes"},
};

struct world {
    char *text;
    struct md_fixture *fixture;
};

static struct world world;

static int tear_down(void **state)
{
    (void)state;
    free(world.text);
    md_fixture_free(world.fixture);
    world = (struct world){0};
    return 0;
}

static enum mockd_code parse(const char *text, size_t len,
                             struct mockd_error *err)
{
    world.text = malloc(len + 1);
    assert_non_null(world.text);
    memcpy(world.text, text, len);
    return md_execcast_parse("f", NULL, world.text, len, &world.fixture, err);
}

static void execcast__row(void **state)
{
    const struct row *row = *state;
    struct mockd_error err = {0};
    enum mockd_code rc = parse(row->text, strlen(row->text), &err);

    assert_string_equal(err.message, row->error == NULL ? "" : row->error);
    assert_int_equal(rc, row->error == NULL ? MOCKD_OK : MOCKD_E_FIXTURE);
}

static void execcast__script_row(void **state)
{
    struct row row = *(const struct row *)*state;
    void *copy = &row;
    char text[4096];

    (void)snprintf(text, sizeof(text), "%s", row.text);
    for (char *at = strchr(text, '\''); at != NULL; at = strchr(at, '\'')) {
        *at = '"';
    }
    row.text = text;
    execcast__row(&copy);
}

static void execcast__a_line_has_a_limit(void **state)
{
    size_t len = MD_LINE_MAX + 2;
    char *text = malloc(len + 1);
    struct mockd_error err = {0};
    enum mockd_code rc = MOCKD_OK;

    (void)state;
    assert_non_null(text);
    memset(text, ' ', len);
    rc = md_execcast_parse("f", NULL, text, len, &world.fixture, &err);
    free(text);

    assert_int_equal(rc, MOCKD_E_FIXTURE);
    assert_string_equal(err.message,
                        "f:1: a line of 1048578 bytes, the limit is 1048576; "
                        "put a large payload into a file beside this one");
}

/* ' is " and @ so many letters; what the end line then says is wrong. */
static const struct {
    const char *line;
    size_t more;       /* bytes of the stream beyond the letters ... */
    const char *error; /* ... or a mistake before the end */
} long_lines[] = {
    {"[0,'<','@']\n", 0, NULL},
    {"[0, '<' , '@' ]\n", 0, NULL},
    {"[0,'<','@%41%41']\n", 2, NULL},
    {"[0,'<','@\\u0041']\n", 1, NULL},
    {"[0,'<',{'text':'@'}]\n", 0, NULL},
    {"[0,'<',{'text':'x@'},{}]\n", 1, NULL},
    {"[0,'<','@%4']\n", 0, "f:4: payload: bad escape"},
    {"[0,'<','@',{'@':1}]\n", 0, "f:4: event: unknown key"},
    {"[0,'<','@','@']\n", 0, "f:4: event: < has a payload and an object"},
    {"[0,'<','@'\n", 0, "f:4: column "},
    {"[0,'<','@\xFF']\n", 0, "f:4: column "},
    {"{'stream':'s2'}\n[0,'<H',['HTTP/1.1 200 OK','A: @']]\n", 24, NULL},
};

/* Write row number @row with @len letters, and the end line. */
static void write_long(char *out, size_t size, size_t row, size_t len)
{
    size_t used = (size_t)snprintf(out, size, "%s", HEADER STREAM HEAD "]\n");

    for (const char *at = long_lines[row].line; *at != '\0'; at++) {
        size_t count = *at == '@' ? len : 1;

        memset(out + used, *at == '@' ? 'a' : *at == '\'' ? '"' : *at, count);
        used += count;
    }
    (void)snprintf(out + used, size - used,
                   "{\"end\":{\"rules\":0,\"events\":2,\"s2c_bytes\":0,"
                   "\"c2s_bytes\":0,\"sha256_s2c\":\"\"}}\n");
}

static void check_long(size_t row, size_t len)
{
    struct mockd_error err = {0};
    char text[4096];
    char counted[64];
    const char *want = long_lines[row].error;

    write_long(text, sizeof(text), row, len);
    (void)snprintf(counted, sizeof(counted), "s2c_bytes says 0, counted %zu;",
                   strlen("HTTP/1.1 200 OK\r\n\r\n") + len +
                       long_lines[row].more);
    want = want == NULL ? counted : want;
    assert_int_equal(parse(text, strlen(text), &err), MOCKD_E_FIXTURE);
    if (strstr(err.message, want) == NULL) {
        print_error("%zu letters in %s", len, long_lines[row].line);
        assert_string_equal(err.message, want);
    }
    (void)tear_down(NULL);
}

/* A long string is not taken apart another way than a short one. */
static void execcast__long_strings(void **state)
{
    static const size_t lens[] = {1, 255, 256, 257, 900};

    (void)state;
    for (size_t row = 0; row < MD_COUNT_OF(long_lines); row++) {
        for (size_t i = 0; i < MD_COUNT_OF(lens); i++) {
            check_long(row, lens[i]);
        }
    }
}

int main(void)
{
    struct CMUnitTest tests[MD_COUNT_OF(rows) + MD_COUNT_OF(script_rows) + 2] =
        {cmocka_unit_test_teardown(execcast__a_line_has_a_limit, tear_down),
         cmocka_unit_test_teardown(execcast__long_strings, tear_down)};

    for (size_t i = 0; i < MD_COUNT_OF(rows); i++) {
        tests[i + 2] = (struct CMUnitTest){.name = rows[i].name,
                                           .test_func = execcast__row,
                                           .teardown_func = tear_down,
                                           .initial_state = &rows[i]};
    }
    for (size_t i = 0; i < MD_COUNT_OF(script_rows); i++) {
        tests[MD_COUNT_OF(rows) + 2 + i] =
            (struct CMUnitTest){.name = script_rows[i].name,
                                .test_func = execcast__script_row,
                                .teardown_func = tear_down,
                                .initial_state = &script_rows[i]};
    }
    return cmocka_run_group_tests_name("mockd_execcast", tests, NULL, NULL);
}
