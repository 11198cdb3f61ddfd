/** What glexec says to syslog: a socket of the test's is /dev/log in the namespace that glexec runs in. */
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { startCommand } from '../../support/command';
import { TREE } from '../../support/root';
import { type Ending } from '../../support/temporary';
import { waitUntil } from '../../support/wait';
import type { Site } from './site';

const RECEIVER = path.join(TREE, 'test/glexec/support/syslog.py');

/** A socket, and what came through it. */
export interface Syslog {
  /** For a Call: makes the socket /dev/log, beside the devices that everybody needs. */
  readonly prepare: string;
  /** Waits for a message that matches, and gives all messages up to now. */
  readonly messages: (expected: RegExp) => Promise<readonly string[]>;
}

/** Starts to listen; it ends with the test. */
export async function listen(t: Ending, site: Site): Promise<Syslog> {
  const socket = path.join(site.shared, `syslog${randomUUID()}`);
  const receiver = startCommand(['python3', RECEIVER, socket], { timeout: 600 });
  receiver.ended.catch(() => undefined);
  t.after(() => void receiver.process.kill('SIGKILL'));
  const received = () =>
    receiver
      .stdout()
      .split('\n')
      .slice(1, -1)
      .map((line) => JSON.parse(line) as string);
  await waitUntil(() => receiver.stdout().startsWith('ready\n'), 'the socket');
  return {
    prepare: `dev=$(mktemp -d "$SITE/shared/devXXXXXX"); mount -t tmpfs none "$dev"
for d in null zero full random urandom tty; do : >"$dev/$d"; mount --bind "/dev/$d" "$dev/$d"; done
: >"$dev/log"; mount --bind ${socket} "$dev/log"; mount --rbind "$dev" /dev`,
    messages: async (expected) => {
      await waitUntil(
        () => received().some((each) => expected.test(each)),
        () => `syslog to have ${expected}; it has ${received().join('; ')}`,
      );
      return received();
    },
  };
}
