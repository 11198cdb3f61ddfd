/** The audit log: what syslog gets, and what a file holds beside other glexecs and on a full disk. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { stretched } from '../support/wait';
import { ALICE, makeSite } from './support/grid';
import { listen } from './support/syslog';

const skip = skipIf(needsRoot() ?? needsProduct());
/** syslog(3): facility * 8 + priority. */
const LOCAL3 = 19 * 8;
const DAEMON = 3 * 8;
const [ERROR, WARNING, NOTICE, INFO] = [3, 4, 5, 6];
const STARTED = `started: caller caller \\(uid 60101\\), subject "${ALICE}", account bob `;
const message = (priority: number, text: string) =>
  new RegExp(`^<${priority}>\\w{3} [ \\d]\\d [\\d:]{8} glexec\\[\\d+\\]: ${text}`);

describe('syslog', { skip }, () => {
  const { site } = makeSite({ after });

  test('is told at which facility and priority a payload starts and ends, and by which glexec', async (t) => {
    const { prepare, messages } = await listen(t, site);
    site.configure({ log_destination: undefined, log_level: '5', syslog_facility: 'LOG_LOCAL3' });
    const running = site.start({ prepare, argv: ['/bin/sh', '-c', 'exit 7'] });
    assert.equal((await running.ended).status, 7);
    const ended = message(LOCAL3 + NOTICE, `ended: account bob, process \\d+, code 7`);
    const all = await messages(ended);
    assert.match(all[0] ?? '', message(LOCAL3 + NOTICE, STARTED));
    for (const each of all) assert.ok(each.includes(` glexec[${running.process.pid}]: `), each);
  });

  test('is told of warnings, details and refusals, each with the priority of its kind', async (t) => {
    const { prepare, messages } = await listen(t, site);
    site.configure({ log_destination: 'syslog', log_level: '5', unknown_key: 'x' });
    const running = site.start({ prepare, argv: ['/bin/sleep', '60'] });
    await messages(message(DAEMON + NOTICE, STARTED));
    running.process.kill('SIGTERM');
    await running.ended;
    const all = await messages(message(DAEMON + INFO, 'signal 15 from uid 0 sent on'));
    assert.ok(
      all.some((each) => message(DAEMON + WARNING, '/etc/glexec\\.conf: line ').test(each)),
    );
    site.writeProxy('no proxy');
    assert.equal((await site.run({ prepare })).status, 203);
    await messages(message(DAEMON + ERROR, 'refused \\(203\\): proxy: '));
  });

  test('is told as daemon of what is wrong before there is a configuration', async (t) => {
    const { prepare, messages } = await listen(t, site);
    await site.run({ prepare: `${prepare}; rm /etc/glexec.conf` });
    await messages(message(DAEMON + ERROR, 'refused \\(202\\): configuration: '));
    site.configure();
  });

  test('has no line that a caller made up: not by argv[0], nor by GLEXEC_ID', async (t) => {
    const grid = makeSite(t);
    const { prepare, messages } = await listen(t, grid.site);
    grid.site.configure({ log_destination: 'syslog' });
    const forged = '\n<24>Jan  1 00:00:00 sshd[1]: Accepted password for root';
    const named = `exec -a "${forged}" "$0" /bin/true`;
    const result = await grid.site.run({
      prepare,
      env: { GLEXEC_ID: forged },
      through: ['/bin/bash', '-c', named],
    });
    assert.equal(result.status, 0, result.stderr);
    for (const each of await messages(/ended: account bob/)) {
      assert.match(each, message(DAEMON + NOTICE, '(started|ended): '));
      assert.ok(!each.includes('\n'), each);
    }
  });
});

describe('a log file', { skip }, () => {
  const { site } = makeSite({ after });

  test('has whole lines of glexecs that run at once', async () => {
    const ids = Array.from({ length: 24 }, (_, i) => String.fromCharCode(65 + i).repeat(3000));
    site.takeLog();
    await Promise.all(ids.map((id) => site.run({ env: { GLEXEC_ID: id } })));
    const lines = site.takeLog().trimEnd().split('\n');
    const started = lines.flatMap(
      (line) => /^\S+Z glexec\[\d+\]: notice: started: .*, id (.*)$/.exec(line)?.slice(1) ?? [],
    );
    assert.deepEqual(started.sort(), ids);
    const whole = /^\d{4}-\d\d-\d\dT[\d:]{8}Z glexec\[\d+\]: notice: (started|ended): .+$/;
    assert.deepEqual(
      lines.filter((line) => !whole.test(line)),
      [],
    );
    assert.equal(lines.length, 2 * ids.length);
  });

  test('that a reader keeps locked has its lines all the same', async () => {
    site.takeLog();
    assert.equal((await site.run()).status, 0);
    const lock = `
import fcntl, os, time
log = open('/etc/log')
fcntl.lockf(log, fcntl.LOCK_SH)
glexec = os.getppid()
open('/etc/locked', 'w').close()
while os.getppid() == glexec: time.sleep(0.05)`;
    const prepare = `python3 -c "${lock}" >/dev/null 2>&1 &
until [ -e /etc/locked ]; do sleep 0.01; done`;
    const begun = performance.now();
    assert.equal((await site.run({ prepare })).status, 0);
    const took = performance.now() - begun;
    assert.ok(took < stretched(10) * 1000, `${took} ms`);
    assert.equal(site.takeLog().match(/: ended: /g)?.length, 2);
  });

  // 95 bytes are free: a line is cut off in the middle.
  const FULL = `mkdir -p /etc/full; mount -t tmpfs -o size=8k,mode=755 none /etc/full
head -c 4000 /dev/zero | tr '\\0' x >/etc/full/log; echo >>/etc/full/log; chmod 644 /etc/full/log
head -c 9999 /dev/zero >/etc/full/rest 2>/dev/null || :`;

  test('on a full disk does not keep a payload from running; syslog has the lines', async (t) => {
    const { prepare, messages } = await listen(t, site);
    site.configure({ log_file: '/etc/full/log', syslog_facility: 'LOG_LOCAL3' });
    const { status, stderr } = await site.run({
      prepare: `${FULL}; ${prepare}`,
      argv: ['/bin/sh', '-c', 'exit 3'],
    });
    assert.deepEqual([status, stderr], [3, '']);
    const all = await messages(message(LOCAL3 + NOTICE, 'ended: account bob, .* code 3'));
    assert.ok(
      all.some((each) => message(LOCAL3 + NOTICE, STARTED).test(each)),
      all.join('\n'),
    );
    // Nor where there is no syslog.
    assert.equal((await site.run({ prepare: FULL })).status, 0);
  });

  test('begins a new line when there is room again', async () => {
    site.configure({ log_file: '/etc/full/log' });
    const first = `setpriv --reuid=caller --regid=caller --init-groups env -i GLEXEC_CLIENT_CERT=${site.proxy} ${site.glexec} /bin/true`;
    const { stdout } = await site.run({
      prepare: `${FULL}; ${first}; rm /etc/full/rest`,
      argv: ['/bin/cat', '/etc/full/log'],
    });
    const [filling, cut, next, ...others] = stdout.trimEnd().split('\n');
    assert.match(filling ?? '', /^x{4000}$/);
    assert.match(cut ?? '', /^\S+Z glexec\[\d+\]: notice: started: /);
    assert.equal(cut?.length, 95);
    assert.match(next ?? '', /^\S+Z glexec\[\d+\]: notice: started: .*, id -$/);
    assert.deepEqual(others, []);
  });
});
