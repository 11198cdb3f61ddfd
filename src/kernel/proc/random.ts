/** Randomness of the kernel's, without loading node's cryptography for it. */
import { readFileSync } from 'node:fs';

/** A random UUID of version 4, 16 bytes: /proc/sys/kernel/random/uuid, random(4). */
export function randomUuid(): Buffer {
  const text = readFileSync('/proc/sys/kernel/random/uuid', 'latin1');
  return Buffer.from(text.replace(/[-\n]/g, ''), 'hex');
}
