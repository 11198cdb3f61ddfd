/** inetd, as far as it serves one port: each connection is a program's standard input. */
import { type RunningCommand, startCommand } from '../../support/command';
import { program } from '../../support/eyrie';
import type { Ending } from '../../support/temporary';
import { waitUntil } from '../../support/wait';

const SCRIPT = `
import os, socket, sys, signal
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
listener = socket.socket()
listener.bind(('127.0.0.1', 0))
listener.listen(64)
print(listener.getsockname()[1], flush=True)
while True:
    connection, _ = listener.accept()
    if os.fork() == 0:
        null = os.open('/dev/null', os.O_RDWR)
        os.dup2(connection.fileno(), 0)
        os.dup2(null, 1)
        os.dup2(null, 2)
        os.execv(sys.argv[1], sys.argv[1:])
    connection.close()
`;

/** Starts it on a port of its own; it ends with the test. */
export async function startInetd(t: Ending, socket: string, proofs: string): Promise<number> {
  const argv = [program('condor_procd'), '--inetd', '--control', socket];
  const command: RunningCommand = startCommand([
    ...['python3', '-c', SCRIPT, ...argv],
    ...['--proof-directory', proofs],
  ]);
  t.after(() => command.process.kill('SIGKILL'));
  await waitUntil(
    () => command.stdout().includes('\n'),
    () => command.stderr(),
  );
  return Number(command.stdout());
}
