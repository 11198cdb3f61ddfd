/** Processes to be families: shells that do what they are told, line by line. */
import { randomBytes } from 'node:crypto';
import { CLEAN_ENVIRONMENT, type RunningCommand, startCommand } from '../../support/command';
import { processesLeft } from '../../support/processes';
import { waitUntil } from '../../support/wait';

/** A shell that waits for lines. */
export interface Shell {
  readonly pid: number;
  /** Its processes have this text in their command lines or environments. */
  readonly marker: string;
  readonly ended: RunningCommand['ended'];
  /** Has it carry out a line, and waits until that is done. */
  tell(line: string): Promise<void>;
  kill(): void;
}

/** Starts one; it has no child yet. */
export function startShell(
  test: { after(ending: () => void): void },
  environment: Readonly<Record<string, string>> = {},
): Shell {
  const marker = `family-${randomBytes(8).toString('hex')}`;
  const command = startCommand(['sh', '-s', marker], {
    env: { ...CLEAN_ENVIRONMENT, MARKER: marker, ...environment },
    input: '',
    keepInputOpen: true,
    timeout: 600,
  });
  command.ended.catch(() => undefined);
  const kill = (): void => void command.process.kill('SIGKILL');
  // What it has left behind holds its output open, and would keep the tests from ending.
  test.after(() => {
    kill();
    for (const { pid } of processesLeft(marker)) process.kill(pid, 'SIGKILL');
  });
  let lines = 0;
  return {
    pid: command.process.pid!,
    marker,
    ended: command.ended,
    async tell(line) {
      lines += 1;
      const done = `done ${lines}`;
      command.process.stdin?.write(`${line}\necho ${done}\n`);
      await waitUntil(
        () => command.stdout().includes(done),
        () => `'${line}' to be done: ${command.stderr()}`,
      );
    },
    kill,
  };
}
