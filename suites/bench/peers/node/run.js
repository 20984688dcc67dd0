// SPDX-License-Identifier: MIT
// A reader (suites/bench/reading.h): docker-modem's demuxStream over a file,
// dockerode over a unix socket.
'use strict';
const fs = require('fs');
const { Writable } = require('stream');
const Modem = require('docker-modem');
const Docker = require('dockerode');

let bytes = 0;
const sink = () => new Writable({
  write(chunk, encoding, done) {
    bytes += chunk.length;
    done();
  },
});

function fail(error) {
  console.error(String(error));
  process.exit(1);
}

async function open(mode, target) {
  if (mode === 'decode') {
    return [new Modem(), fs.createReadStream(target, { highWaterMark: 65536 })];
  }
  const docker = new Docker({ socketPath: target });
  const stream = await docker.getExec('bench').start({ hijack: true });
  return [docker.modem, stream];
}

async function main(mode, target) {
  const start = process.hrtime.bigint();
  const used = process.cpuUsage();
  const [modem, stream] = await open(mode, target);
  stream.on('error', fail);
  stream.on('end', () => {
    const wall = process.hrtime.bigint() - start;
    const cpu = process.cpuUsage(used);
    console.log(`${wall} ${(cpu.user + cpu.system) * 1000} ${bytes}`);
    process.exit(0);
  });
  modem.demuxStream(stream, sink(), sink());
}

if (process.argv.length !== 4) {
  fail('usage: run.js decode FILE | attach SOCKET');
}
main(process.argv[2], process.argv[3]).catch(fail);
