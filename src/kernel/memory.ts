/** Memory that the starter does not need while its job runs. */
import { giveBackMemory } from './border';

/** The launcher's option for node, with the start-up snapshot's file. */
const OPTION = '--snapshot-blob';

/**
 * Gives memory back to the kernel, 3 to 4 MB: see eyrie_give_back_memory in native/border/border.h.
 * Takes two milliseconds, and does no harm at any time. Nothing comes of it without a start-up snapshot.
 */
export function giveBackUnusedMemory(): void {
  const snapshot = process.execArgv[process.execArgv.indexOf(OPTION) + 1];
  if (snapshot?.endsWith('.snapshot')) giveBackMemory(snapshot.replace(/\.snapshot$/, '.heap'));
}
