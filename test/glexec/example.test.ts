/** What is shipped as an example: the configuration is right, and the epilogue removes what it says. */
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { TREE } from '../support/root';
import { waitUntil } from '../support/wait';
import { makeSite } from './support/grid';

describe('the examples of glexec', { skip: skipIf(needsRoot() ?? needsProduct()) }, () => {
  const { site } = makeSite({ after });
  const left = path.join(site.shared, 'left');
  /** Leaves a process of another session, one of its own group, and files with links out. */
  const litter = `setsid sleep 300 >/dev/null 2>&1 & a=$!; sleep 300 >/dev/null 2>&1 & b=$!; mkdir -p "$0/d/e"; ln -s /etc "$0/d/out"; : >"$0/d/e/f"
    touch "$0/-rf" "$0/a b"; echo $a $b >${left}; sleep 0.1; exit 4`;

  function useExample(): void {
    rmSync(left, { force: true });
    site.configure({ epilogue: '/etc/epilogue' });
    copyFileSync(path.join(TREE, 'etc/examples/glexec-epilogue'), path.join(site.etc, 'epilogue'));
  }
  /** A zombie is none that lives: whose child it was may reap it late. */
  const isAlive = (pid: string) =>
    existsSync(`/proc/${pid}`) && !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));

  test('of an account of a pool nothing is left, and of others everything', async () => {
    useExample();
    site.write('grid-mapfile', '"/DC=org/*" .pool\n');
    site.makePool('pool001');
    // A /tmp of its own: what is there is compared.
    const prepare = `mount -t tmpfs -o mode=1777 tmpfs /tmp; touch /tmp/roots; mkdir -m 1777 /tmp/shared`;
    const { status } = await site.run({
      argv: ['/bin/sh', '-c', litter, '/tmp'],
      prepare: `${prepare}; (sleep 2; ls -RA /tmp >/etc/tmp-after; touch /etc/listed) >/dev/null 2>&1 &`,
    });
    assert.equal(status, 4, site.takeLog());
    for (const pid of readFileSync(left, 'utf8').trim().split(' ')) {
      await waitUntil(() => !isAlive(pid), `the end of ${pid}`);
    }
    await waitUntil(() => existsSync(path.join(site.etc, 'listed')), 'the list of /tmp');
    assert.equal(
      readFileSync(path.join(site.etc, 'tmp-after'), 'utf8'),
      '/tmp:\nroots\nshared\n\n/tmp/shared:\n',
    );
  });

  test('of an account that is not only for payloads the process group is killed, and no more', async () => {
    useExample();
    site.write('grid-mapfile', '"/DC=org/*" bob\n');
    const { status } = await site.run({ argv: ['/bin/sh', '-c', litter, site.shared] });
    assert.equal(status, 4, site.takeLog());
    const [elsewhere = '', inGroup = ''] = readFileSync(left, 'utf8').trim().split(' ');
    assert.ok(isAlive(elsewhere));
    process.kill(Number(elsewhere), 'SIGKILL');
    await waitUntil(() => !isAlive(inGroup), 'the end of the process group');
    assert.ok(existsSync(path.join(site.shared, 'a b')));
  });

  test('glexec.conf is read without a warning, and lets nobody call', async () => {
    const text = readFileSync(path.join(TREE, 'etc/glexec.conf'), 'utf8');
    writeFileSync(path.join(site.etc, 'glexec.conf'), text);
    const { status, stderr } = await site.run();
    assert.equal(status, 203);
    assert.match(
      stderr,
      /^glexec: refused \(203\): caller caller \(uid 60101\) is in neither[^\n]*\n$/,
    );
    // What is commented out is right as well.
    const keys = text
      .replaceAll(/^# (\w+ =)/gm, '$1')
      .split('\n')
      .filter((line, i, all) => {
        const key = /^(\w+) =/.exec(line)?.[1];
        return (
          key === undefined || all.findLastIndex((other) => other.startsWith(`${key} =`)) === i
        );
      });
    writeFileSync(
      path.join(site.etc, 'glexec.conf'),
      keys
        .join('\n')
        .replace('/var/log/glexec/glexec_log', '/etc/log')
        .replace('/usr/local/libexec/glexec-epilogue', '/usr/bin/true'),
    );
    // Its group is listed then; what is missing is the CA.
    assert.match(
      (await site.run()).stderr,
      /^glexec: refused \(203\): proxy: [^\n]*error 20[^\n]*\n$/,
    );
  });
});
