/**
 * GLEXEC_JOB in a pool whose daemons are an ordinary user's: a job that comes with an X.509 proxy runs as
 * the account that our glexec maps it to. HTCondor itself has no such jobs any more; it hands the knobs on.
 */
import assert from 'node:assert/strict';
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Authority, type Credential, proxyFile } from '../glexec/support/authority';
import { ALICE } from '../glexec/support/grid';
import { skipIf } from '../support/need';
import { TREE } from '../support/root';
import { temporaryDirectory } from '../support/temporary';
import { waitUntil } from '../support/wait';
import { type Job, type Pool, startPool } from './support/pool';
import { needsPools, RELEASES } from './support/releases';
import { UIDS } from './support/submit';

const KNOBS = {
  GLEXEC_JOB: 'True',
  GLEXEC: '/pool/glexec/glexec',
  GLEXEC_RETRY_DELAY: '0',
  SHADOW_CHECKPROXY_INTERVAL: '2',
  USE_USER_NAMESPACES: 'True',
  USE_PID_NAMESPACES: 'True',
};

const CONFIGURATION = `[glexec]
user_white_list = alice
log_destination = file
log_file = /etc/glexec.log
certdir = /etc/glexec/certificates
gridmapfile = /etc/glexec/grid-mapfile
create_target_proxy = no
# What a shadow delegates, where it is not told otherwise.
allow_limited_proxy = yes
linger = yes
`;

interface Glidein {
  readonly pool: Pool;
  readonly authority: Authority;
  readonly alice: Credential;
}

/** A pool with glexec, set-uid, in it; Alice's proxy is bob's. */
async function startGlidein(
  t: { after(end: () => Promise<void>): unknown },
  release: (typeof RELEASES)[number],
  knobs: Readonly<Record<string, string>> = {},
): Promise<Glidein> {
  const directory = temporaryDirectory({
    after: (end) => t.after(() => Promise.resolve(end()).then(() => undefined)),
  });
  const pool = await startPool(t, {
    release,
    starter: 'eyrie',
    as: 'alice',
    knobs: { ...KNOBS, ...knobs },
  });
  const authority = new Authority(path.join(directory, 'ca'));
  const alice = authority.user(ALICE);
  const site = path.join(pool.directory, 'glexec');
  mkdirSync(path.join(site, 'certificates'), { recursive: true });
  authority.install(path.join(site, 'certificates'));
  writeFileSync(path.join(site, 'grid-mapfile'), `"${ALICE}" bob\n`);
  writeFileSync(path.join(site, 'glexec.conf'), CONFIGURATION, { mode: 0o640 });
  copyFileSync(path.join(TREE, 'dist/libexec/eyrie/glexec'), path.join(site, 'glexec'));
  chmodSync(path.join(site, 'glexec'), 0o4111);
  const lines = `cp -a /etc /pool/etc; cp -a /pool/glexec /pool/etc/glexec; cp /pool/glexec/glexec.conf /pool/etc
chmod 640 /pool/etc/glexec.conf; mount --bind /pool/etc /etc`;
  const made = await pool.namespace.run(['sh', '-ec', lines]);
  assert.equal(made.status, 0, made.stderr);
  return { pool, authority, alice };
}

const SCRIPT = `id -u; id -g; pwd; cat input; stat -c '%u %a' "$X509_USER_PROXY"; ls -d /proc/[0-9]* | wc -l
echo result >'a result'; chmod 600 'a result'; exit 3`;

/** The shadow's: the proxy comes as a file. */
const AS_FILES = { DELEGATE_JOB_GSI_CREDENTIALS: 'False' };

/** Waits until its proxy holds for longer than the first one did; tells it. */
const WAIT_FOR_LONGER = `until openssl x509 -noout -checkend 50000 -in "$X509_USER_PROXY" >&2; do sleep 0.2; done
cat "$X509_USER_PROXY"`;

/** Tells the second of its proxies. */
const WAIT_FOR_PROXY = `while cmp -s first "$X509_USER_PROXY"; do sleep 0.2; done
cat "$X509_USER_PROXY"`;

function submitText(lines: string): string {
  return `executable = job.sh
output = out
error = err
x509userproxy = proxy
should_transfer_files = YES
when_to_transfer_output = ON_EXIT
${lines}`;
}

async function submit(
  { pool, authority, alice }: Glidein,
  script: string,
  lines = '',
  credential = authority.proxy(alice, { end: 12 * 3600 }),
): Promise<Job> {
  const proxy = proxyFile(credential);
  const files = { 'job.sh': `#!/bin/sh\n${script}\n`, input: 'the input\n', proxy, first: proxy };
  return pool.submit(submitText(lines), { files });
}

/** Writes a newer proxy: a shadow compares whole seconds with its own beginning, which is a moment ago. */
function renew(file: string, proxy: string): void {
  writeFileSync(file, proxy);
  const later = Date.now() / 1000 + 2;
  utimesSync(file, later, later);
}

/** A proxy file whose key was made for it, and whose certificate somebody's proxy has signed. */
function assertDelegated(file: string | undefined, issuer: Credential): void {
  assert.ok(file !== undefined);
  const certificate = new X509Certificate(file);
  assert.ok(certificate.checkPrivateKey(createPrivateKey(file)));
  assert.ok(certificate.verify(new X509Certificate(issuer.certificate).publicKey));
  assert.ok(file.endsWith([issuer.certificate, ...issuer.chain].join('')));
  assert.ok(!file.includes(issuer.key));
}

for (const release of RELEASES) {
  const name = `a pool of HTCondor ${release} whose jobs gLExec runs`;
  describe(name, { skip: skipIf(needsPools()), concurrency: 3 }, () => {
    let glidein: Glidein;
    const endings: (() => Promise<void>)[] = [];
    before(async () => {
      glidein = await startGlidein({ after: (end) => endings.push(end) }, release);
    });
    after(async () => {
      for (const end of endings.reverse()) await end();
    });

    test('runs a job as the account of its proxy, with its files', async () => {
      const { pool } = glidein;
      const job = await submit(glidein, SCRIPT, 'transfer_input_files = input');
      await pool.wait(job, 'completed', 60);
      assert.equal((await pool.historyAd(job)).ExitCode, 3, pool.starterLog());
      const [uid, gid, directory, input, proxy, processes] = pool.read(job, 'out').split('\n');
      assert.deepEqual([uid, gid], [`${UIDS.bob}`, `${UIDS.bob}`]);
      assert.match(directory ?? '', /^\/pool\/execute\/dir_\d+$/);
      assert.equal(input, 'the input');
      assert.equal(proxy, `${UIDS.bob} 600`);
      assert.ok(Number(processes) <= 4, `it sees ${processes} processes`);
      assert.equal(pool.read(job, 'a result'), 'result\n');
      const sandbox = path.basename(directory ?? '');
      const left = pool.executeEntries().filter((entry) => entry.startsWith(sandbox));
      assert.deepEqual(left, []);
    });

    test('holds a job whose proxy nobody maps, with what gLExec said', async () => {
      const { authority, pool } = glidein;
      const eve = authority.user('/DC=org/DC=example/CN=Eve');
      const job = await submit({ ...glidein, alice: eve }, 'true');
      await pool.wait(job, 'held', 60);
      const ad = await pool.queueAd(job);
      assert.deepEqual([ad?.HoldReasonCode, ad?.HoldReasonSubCode], [28, 768]);
      assert.match(
        JSON.stringify(ad?.HoldReason),
        /condor_glexec_setup ended with 3: .*203 \(not authorised/,
      );
    });

    test('has proxies delegated, at the start and while the job runs, and sends none back', async () => {
      const { alice, authority, pool } = glidein;
      const first = authority.proxy(alice, { end: 12 * 3600 });
      const second = authority.proxy(alice, { end: 24 * 3600 });
      const script = `cat "$X509_USER_PROXY"; echo :; touch told; ${WAIT_FOR_LONGER}`;
      const job = await submit(glidein, script, '', first);
      const execute = path.join(pool.directory, 'execute');
      const hasTold = () =>
        pool.executeEntries().some((entry) => existsSync(path.join(execute, entry, 'told')));
      await waitUntil(hasTold, () => `the job to have its first proxy\n${pool.starterLog()}`, 60);
      renew(pool.file(job, 'proxy'), proxyFile(second));
      await pool.wait(job, 'completed', 60);
      const told = pool.read(job, 'out').split(':\n');
      assert.equal(told.length, 2, pool.starterLog());
      for (const [index, issuer] of [first, second].entries()) assertDelegated(told[index], issuer);
      assert.match(pool.starterLog(), /The job has a new proxy/);
      assert.equal(pool.read(job, 'proxy'), proxyFile(second));
    });

    test('removes a job, all of it', async () => {
      const { pool } = glidein;
      const job = await submit(glidein, 'setsid sleep 7654321 & sleep 7654321');
      await pool.wait(job, 'running', 60);
      await pool.ask('condor_rm', [job.id]);
      await pool.wait(job, 'removed', 60);
      await waitUntil(
        async () => (await pool.tool('pgrep', ['-f', 'sleep 7654321'])).stdout === '',
        'the end of the job',
        60,
      );
    });
  });
  describe(`${name}, where proxies are not delegated`, { skip: skipIf(needsPools()) }, () => {
    test('hands a proxy that is renewed at the submit side on to the running job', async (t) => {
      const end = { after: (work: () => Promise<void>) => t.after(work) };
      const glidein = await startGlidein(end, release, AS_FILES);
      const { alice, authority, pool } = glidein;
      const job = await submit(glidein, WAIT_FOR_PROXY, 'transfer_input_files = first');
      await pool.wait(job, 'running', 60);
      const proxy = proxyFile(authority.proxy(alice, { end: 24 * 3600 }));
      renew(pool.file(job, 'proxy'), proxy);
      await pool.wait(job, 'completed', 60);
      assert.equal(pool.read(job, 'out'), proxy, pool.starterLog());
      assert.match(pool.starterLog(), /The job has a new proxy/);
    });
  });
}
