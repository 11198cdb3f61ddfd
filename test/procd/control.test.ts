/** HTCondor's procd_ctl, of each release, and our procd. */
import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { needsPools, type Release, RELEASES, rootOf } from '../pool/support/releases';
import { type CommandResult, runCommand } from '../support/command';
import { skipIf } from '../support/need';
import { isAlive, noProcessLeft } from '../support/processes';
import { startOurProcd } from './support/our-procd';
import { controlRuns } from './support/recorded';
import { startShell } from './support/shells';

/** In mounts of its own: procd's directory is /pool. */
const IN_ROOT =
  'mount --bind "$2" "$1/pool" && root="$1" && shift 2 && exec chroot "$root" procd_ctl -A /pool/procd "$@"';

function control(
  release: Release,
  directory: string,
  words: readonly string[],
): Promise<CommandResult> {
  const unshare = ['unshare', '--mount', 'sh', '-c', IN_ROOT, 'sh'];
  return runCommand([...unshare, rootOf(release), directory, ...words]);
}

async function serve(t: TestContext, release: Release) {
  const procd = await startOurProcd(t, { flags: ['-S', '60', '-G', '7001', '7010', '-E'] });
  const shell = startShell(t);
  const run = (...words: readonly string[]) => control(release, procd.directory, words);
  const succeed = async (...words: readonly string[]): Promise<string> => {
    const { status, stderr, stdout } = await run(...words);
    assert.equal(status, 0, `${words.join(' ')}: ${stderr}`);
    return stdout;
  };
  return { procd, shell, run, succeed, root: `${shell.pid}` };
}

/** Text with each number as N, for what differs from run to run. */
function withoutNumbers(text: string): string {
  return text.replace(/\d+(\.\d+)?/g, 'N');
}

for (const release of RELEASES) {
  describe(`procd_ctl ${release} and our procd`, { skip: skipIf(needsPools()) }, () => {
    test("say what they were seen to say with HTCondor's own", async (t) => {
      const { procd, run, root } = await serve(t, release);
      const jobRoot = controlRuns.find(({ args }) => args[0] === 'REGISTER_FAMILY')!.args[1]!;
      for (const { args, exitCode, stdout } of controlRuns) {
        const words = args.map((word, index) => {
          if (word === jobRoot) return root;
          return args[0] === 'REGISTER_FAMILY' && index === 2 ? `${process.pid}` : word;
        });
        const end = await run(...words);
        const what = words.join(' ');
        assert.equal(end.status, exitCode, `${what}: ${end.stderr}`);
        const isOfAll = words.length === 1 && words[0] === 'LIST';
        if (!isOfAll) assert.equal(withoutNumbers(end.stdout), withoutNumbers(stdout), what);
      }
      assert.equal((await procd.ended).status, 0);
    });

    test('signal the root of a family, and nobody else', async (t) => {
      const { root, shell, succeed } = await serve(t, release);
      await shell.tell('trap "echo caught" USR1; sleep 100 & sleeper=$!');
      await succeed('REGISTER_FAMILY', root, `${process.pid}`, '-1');
      await succeed('SIGNAL_PROCESS', '10', root);
      await shell.tell('kill -0 $sleeper && echo alive');
    });

    test('suspend, continue and kill a family', async (t) => {
      const { root, shell, succeed } = await serve(t, release);
      await succeed('REGISTER_FAMILY', root, `${process.pid}`, '-1');
      await shell.tell('sleep 100 &');
      await succeed('SUSPEND_FAMILY', root);
      await succeed('CONTINUE_FAMILY', root);
      await shell.tell('sleep 100 &');
      await succeed('KILL_FAMILY', root);
      await noProcessLeft(shell.marker);
      assert.ok(!isAlive(shell.pid));
    });

    test('list all families below each other', async (t) => {
      const { root, shell, succeed } = await serve(t, release);
      await succeed('REGISTER_FAMILY', root, `${process.pid}`, '-1');
      await shell.tell('sleep 100 &');
      await succeed('SNAPSHOT');
      const lines = (await succeed('DUMP')).trim().split('\n');
      assert.match(lines[0]!, new RegExp(`^0 ${process.pid} ${process.pid} \\d+$`));
      const at = lines.indexOf(`${process.pid} ${root} ${process.pid} 2`);
      assert.ok(at > 0, lines.join('\n'));
      assert.match(lines[at + 1]!, new RegExp(`^\\d+ ${root} \\d+ 0 0$`));
      assert.equal((await succeed('LIST', root)).trim().split('\n').length, 3);
    });
  });
}
