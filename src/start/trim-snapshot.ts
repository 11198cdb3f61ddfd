/**
 * Makes a start-up snapshot smaller, in the file and in memory: `node trim-snapshot.cjs FILE HEAP`.
 *
 * The bytecode of node's own modules is taken out. Node writes it at the snapshot's end, for modules
 * that are loaded later: 2.6 MB that each process would read and keep. Those that a job's run needs are
 * in the snapshot's heap, with their bytecode; others are compiled from their source. (Node's own
 * option to leave it out, withoutCodeCache, makes V8 throw away all bytecode, and ends in a crash in
 * classes with private fields.)
 *
 * HEAP becomes what node keeps in memory of the snapshot: see eyrie_give_back_memory in
 * native/border/border.h.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { findBytecode, findHeap, NUMBER } from './snapshot-form';

/** What malloc puts before a block. */
const MALLOC_HEADER = 16;

function main(file: string, heapFile: string): void {
  const snapshot = readFileSync(file);
  const bytecode = findBytecode(snapshot);
  const heap = findHeap(snapshot);
  if (bytecode === undefined || heap === undefined) {
    process.stderr.write(`${file}: node writes snapshots in another form, it stays as it is\n`);
    writeFileSync(heapFile, '');
    return;
  }
  writeFileSync(file, Buffer.concat([snapshot.subarray(0, bytecode), Buffer.alloc(NUMBER)]));
  writeFileSync(
    heapFile,
    Buffer.concat([Buffer.alloc(MALLOC_HEADER), snapshot.subarray(heap.start, heap.end)]),
  );
}

main(process.argv[2] ?? '', process.argv[3] ?? '');
