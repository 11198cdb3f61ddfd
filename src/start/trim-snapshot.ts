/**
 * Takes the bytecode of node's own modules out of a start-up snapshot: `node trim-snapshot.cjs FILE`.
 *
 * Node writes it at the snapshot's end, for modules that are loaded later: 2.6 MB that each process
 * would read and keep. Those that a job's run needs are in the snapshot's heap, with their bytecode;
 * others are compiled from their source. (Node's own option to leave it out, withoutCodeCache, makes
 * V8 throw away all bytecode, and ends in a crash in classes with private fields.)
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { findBytecode, NUMBER } from './snapshot-form';

function main(file: string): void {
  const snapshot = readFileSync(file);
  const start = findBytecode(snapshot);
  if (start === undefined) {
    process.stderr.write(`${file}: node writes snapshots in another form, it stays as it is\n`);
  } else {
    writeFileSync(file, Buffer.concat([snapshot.subarray(0, start), Buffer.alloc(NUMBER)]));
  }
}

main(process.argv[2] ?? '');
