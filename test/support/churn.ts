/**
 * Somebody in whose directories nothing stays what it is.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { runCommand } from './command';
import { waitUntil } from './wait';

const SCRIPT = `
import os, sys
os.chdir(sys.argv[1])
names = ['n%d' % i for i in range(30)]
rounds = 0
while not os.path.exists('stop'):
    for name in names: os.makedirs(name + '/a/b')
    for name in names: os.removedirs(name + '/a/b')
    for name in names: os.symlink('.', name)
    for name in names: os.remove(name)
    rounds += 1
    if rounds == 1: open('begun', 'w').close()
`;

/**
 * Begins to make and remove the same names in a directory, now as directories with others in them, now
 * as links.
 *
 * @param uid who does so
 * @returns ends it; throws what went wrong where it could not go on
 */
export async function startChurn(directory: string, uid: number): Promise<() => Promise<void>> {
  const churning = runCommand(['python3', '-c', SCRIPT, directory], { uid, timeout: 300 });
  await waitUntil(() => existsSync(`${directory}/begun`), 'the first round');
  return async () => {
    writeFileSync(`${directory}/stop`, '');
    const { status, stderr } = await churning;
    if (status !== 0) throw new Error(stderr);
  };
}
