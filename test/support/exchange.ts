/**
 * An attacker who exchanges a directory and a link to another place under somebody's hands.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { runCommand } from './command';
import { waitUntil } from './wait';

const SCRIPT = `
import ctypes, os, sys
os.chdir(sys.argv[1])
exchange = ctypes.CDLL(None, use_errno=True).renameat2
AT_FDCWD, RENAME_EXCHANGE = -100, 2

def fill():
    with open('d/f', 'w') as file: file.write('fine')

make = [lambda: os.mkdir('d'), lambda: os.symlink(sys.argv[2], 'link'), fill]

def begin():
    for step in make:
        try: step()
        except OSError: pass

begin()
open('begun', 'w').close()
while not os.path.exists('stop'):
    if exchange(AT_FDCWD, b'd', AT_FDCWD, b'link', RENAME_EXCHANGE): begin()
`;

/**
 * Begins to exchange `d`, a directory with a file `f` that says `fine`, and `link`, which leads to
 * `outside`, in a directory. What somebody removes of them is made again.
 *
 * @param directory the attacker's cwd; it need not stay reachable for him
 * @param outside where the link leads
 * @param uid who the attacker is
 * @returns ends it; throws what the attacker says where he could not go on
 */
export async function startExchange(
  directory: string,
  outside: string,
  uid: number,
): Promise<() => Promise<void>> {
  const argv = ['python3', '-c', SCRIPT, directory, outside];
  const exchanging = runCommand(argv, { uid, timeout: 300 });
  await waitUntil(() => existsSync(`${directory}/begun`), 'the first exchange');
  return async () => {
    writeFileSync(`${directory}/stop`, '');
    const { status, stderr } = await exchanging;
    if (status !== 0) throw new Error(stderr);
  };
}
