/** The names of procd's pipes, which follow from its address. */
import type { ClientId } from './requests';

/** The pipe that ends when procd does. */
export function watchdogPipe(address: string): string {
  return `${address}.watchdog`;
}

/** The pipe that the reply to a client goes to. Both numbers are decimal, without a sign. */
export function replyPipe(address: string, { pid, serial }: ClientId): string {
  return `${address}.${pid >>> 0}.${serial >>> 0}`;
}
