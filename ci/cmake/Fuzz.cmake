# add_fuzz_target(NAME LIBRARY...) builds fuzz_NAME.c into a libFuzzer program
# (clang preset) and replays corpus/NAME, if there is one, as an ordinary test.
function(add_fuzz_target name)
    add_executable(fuzz_${name} fuzz_${name}.c)
    target_link_libraries(fuzz_${name} PRIVATE ${ARGN} dexec::warnings)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    set(corpus ${CMAKE_CURRENT_SOURCE_DIR}/corpus/${name})
    if(EXISTS ${corpus})
        add_test(NAME fuzz.${name}.corpus
                 COMMAND fuzz_${name} -runs=0 ${corpus})
        set_tests_properties(fuzz.${name}.corpus PROPERTIES
                             TIMEOUT 60 LABELS fuzz)
    endif()
endfunction()
