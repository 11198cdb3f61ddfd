/**
 * What a job gets of the limits that the starter was started with.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCommand } from '../support/command';
import { program } from '../support/eyrie';
import { needsProduct, skipIf } from '../support/need';
import { temporaryDirectory } from '../support/temporary';

const JOB = `JobUniverse = 5
Cmd = "/bin/sh"
Arguments = "-c 'ulimit -Sn; ulimit -Hn'"
Iwd = "/"
`;

test(
  "a job has the starter's own limits of open files, not those that Node gave itself",
  {
    skip: skipIf(needsProduct()),
  },
  async (t) => {
    const directory = temporaryDirectory(t);
    const places = ['--execute', `${directory}/execute`, '--set', `LOG=${directory}/log`];
    const limited = ['sh', '-c', 'ulimit -Sn 777; ulimit -Hn 4000; exec "$0" "$@"'];
    const result = await runCommand([...limited, program('eyrie'), 'run', ...places, '-'], {
      input: JOB,
    });
    assert.deepEqual([result.stdout, result.status], ['777\n4000\n', 0], result.stderr);
  },
);
