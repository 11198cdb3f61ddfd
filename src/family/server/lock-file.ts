/** One procd for an address: who holds the lock on `<address>.lock` serves it. */
import { closeSync, constants, ftruncateSync, openSync, writeSync } from 'node:fs';
import os from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { lockFile } from '../../kernel/border';
import { errnoText } from '../../kernel/errno';
import { err, ok, type Result } from '../../result';

/** Milliseconds between two attempts. */
const RETRY_AFTER = 50;

/**
 * Takes the lock, for as long as this process lives or its descriptor is open. The file stays afterwards: removing it would let
 * two have a lock each.
 *
 * @param patience milliseconds to wait for somebody who is ending
 * @returns the descriptor; 'held' where another process has it; a sentence where the file cannot be used
 */
export async function takeLock(
  address: string,
  patience: number,
): Promise<Result<number | 'held', string>> {
  const path = `${address}.lock`;
  try {
    const fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
    for (let waited = 0; ; waited += RETRY_AFTER) {
      const locked = lockFile(fd);
      if (locked >= 0) {
        ftruncateSync(fd);
        writeSync(fd, `${process.pid}\n`, 0);
        return ok(fd);
      }
      if (-locked !== os.constants.errno.EWOULDBLOCK) {
        closeSync(fd);
        return err(`cannot lock ${path}: ${errnoText(-locked)}`);
      }
      if (waited >= patience) {
        closeSync(fd);
        return ok('held');
      }
      await delay(RETRY_AFTER);
    }
  } catch (error) {
    return err(`cannot lock ${path}: ${(error as Error).message}`);
  }
}
