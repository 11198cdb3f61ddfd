/** Jobs of an ordinary user's starter that gLExec runs as the account of their proxy. */
import assert from 'node:assert/strict';
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { UIDS } from '../glexec/support/site';
import { Expression, quoteArguments, shell } from '../run/support/ads';
import { skipIf } from '../support/need';
import { Glidein, needsGlidein } from './support/glidein';

const skip = skipIf(needsGlidein());

describe('a job by gLExec', { skip }, () => {
  for (const linger of ['yes', 'no']) {
    test(`is the account of its proxy for good, and nobody else, with linger = ${linger}`, async (t) => {
      const glidein = new Glidein(t);
      glidein.grid.site.configure({ linger });
      const { status, stdout, stderr } = await glidein.run(
        shell(
          'id -ru; id -u; id -rg; id -g; pwd; grep -E "^(Uid|Gid|CapEff|CapBnd|NoNewPrivs)" /proc/self/status; exit 7',
        ),
      );
      assert.equal(status, 7, stderr);
      const { bob } = UIDS;
      const [ruid, uid, rgid, gid, directory, ...facts] = stdout.trimEnd().split('\n');
      assert.deepEqual([ruid, uid, rgid, gid], Array(4).fill(`${bob}`));
      assert.equal(directory, glidein.iwd);
      assert.deepEqual(facts, [
        `Uid:\t${Array(4).fill(bob).join('\t')}`,
        `Gid:\t${Array(4).fill(bob).join('\t')}`,
        'CapEff:\t0000000000000000',
        'CapBnd:\t0000000000000000',
        'NoNewPrivs:\t1',
      ]);
    });
  }

  test('sees its own processes and its own sandbox only, and nothing of the proxy that signs for it', async (t) => {
    const glidein = new Glidein(t);
    const { stdout, stderr } = await glidein.run(
      shell(
        'ls -d /proc/[0-9]*; ls -A "$_CONDOR_SCRATCH_DIR/.."; ls -A /tmp; readlink /proc/self/ns/user',
      ),
      { knobs: { MOUNT_UNDER_SCRATCH: '"/tmp"' } },
    );
    const lines = stdout.trimEnd().split('\n');
    assert.deepEqual(lines.slice(0, -2), ['/proc/1', '/proc/2'], stderr);
    assert.match(lines.at(-2) ?? '', /^dir_\d+$/);
    assert.notEqual(lines.at(-1), readlinkSync('/proc/self/ns/user'));
  });

  test('has the environment that was planned, to the byte, and nothing of the starter’s or of gLExec’s', async (t) => {
    const glidein = new Glidein(t);
    const awkward = {
      EMPTY: '',
      BLANKS: '  two  blanks ',
      QUOTES: `it's "quoted" \\ $HOME \`id\``,
      LINES: 'one\ntwo\n',
      UNICODE: 'Ærø €',
      EQUALS: '=a=b=',
    };
    const entries = Object.entries(awkward).map(([name, value]) => `${name}=${value}`);
    const { stdout, stderr } = await glidein.run(
      { Cmd: '/usr/bin/env', Arguments: '-0', Environment: quoteArguments(entries) },
      { env: { SECRET_OF_THE_PILOT: 'x', GLEXEC_LOG: 'y', X509_USER_PROXY: '/pilot' } },
    );
    const got = new Map(
      stdout
        .split('\0')
        .filter(Boolean)
        .map((entry) => {
          const equals = entry.indexOf('=');
          return [entry.slice(0, equals), entry.slice(equals + 1)];
        }),
    );
    for (const [name, value] of Object.entries(awkward)) assert.equal(got.get(name), value, stderr);
    const scratch = got.get('_CONDOR_SCRATCH_DIR') ?? '';
    assert.equal(got.get('X509_USER_PROXY'), `${scratch}/proxy`);
    assert.equal(got.get('HOME'), '/home/bob');
    const others = [...got.keys()].filter((name) => !(name in awkward)).sort();
    const known = others.filter((name) => !/^_CONDOR_ANCESTOR_\d+$/.test(name));
    assert.deepEqual(known, KNOWN_VARIABLES);
  });

  test('reads its proxy, and the starter’s copy stays what it was', async (t) => {
    const glidein = new Glidein(t);
    const { stdout, stderr } = await glidein.run(
      shell('stat -c "%u %a" "$X509_USER_PROXY"; cat "$X509_USER_PROXY"'),
    );
    const [facts, ...text] = stdout.split('\n');
    assert.equal(facts, `${UIDS.bob} 600`, stderr);
    assert.equal(text.join('\n'), readFileSync(glidein.grid.site.proxy, 'utf8'));
  });

  test('writes its streams where its ad says, as its own account', async (t) => {
    const glidein = new Glidein(t);
    const { status, stderr } = await glidein.run({
      ...shell('echo out; echo err >&2; cat'),
      In: '/etc/nsswitch.conf',
      Out: 'a job’s out',
      Err: 'err',
    });
    assert.equal(status, 0, stderr);
    const out = path.join(glidein.iwd, 'a job’s out');
    assert.match(readFileSync(out, 'utf8'), /^out\npasswd: files/);
    assert.equal(readFileSync(path.join(glidein.iwd, 'err'), 'utf8'), 'err\n');
    assert.equal(lstatSync(out).uid, UIDS.bob);
  });

  test('leaves its results to the starter’s user, whatever they are called and whatever mode they have', async (t) => {
    const glidein = new Glidein(t);
    const script = `cd "$_CONDOR_SCRATCH_DIR"; mkdir -p "a b/c'd"; echo 1 >"a b/c'd/"'new
line'; echo 2 >'-rf'; echo 3 >secret; chmod 000 secret; ln -s secret link; mkdir closed; echo 4 >closed/in; chmod 000 closed; rm -f proxy; echo mine >proxy; chmod 000 .`;
    const { status, stderr } = await glidein.start(shell(script), { options: ['--keep'] }).ended;
    assert.equal(status, 0, stderr);
    const [name] = glidein.left();
    const sandbox = path.join(glidein.execute, name ?? '');
    assert.match(name ?? '', /^dir_\d+$/, `what is left: ${glidein.left().join(' ')}`);
    const results = readdirSync(sandbox).filter((entry) => !/^\.|^(tmp|var)$/.test(entry));
    assert.deepEqual(results.sort(), ['-rf', 'a b', 'closed', 'link', 'proxy', 'secret']);
    for (const entry of [
      '',
      '-rf',
      'a b',
      "a b/c'd/new\nline",
      'closed/in',
      'link',
      'proxy',
      'secret',
    ]) {
      assert.equal(lstatSync(path.join(sandbox, entry)).uid, UIDS.caller, entry);
    }
    assert.equal(readFileSync(path.join(sandbox, 'secret'), 'utf8'), '3\n');
    const proxy = readFileSync(path.join(sandbox, 'proxy'), 'utf8');
    assert.equal(proxy, readFileSync(glidein.grid.site.proxy, 'utf8'));
  });

  test('is run without namespaces where the kernel gives ordinary users none', async (t) => {
    const glidein = new Glidein(t);
    const none = path.join(glidein.directory, 'none');
    const { status, stdout, stderr } = await glidein.run(
      shell('id -u; id -G; readlink /proc/self/ns/user; exit 3'),
      {
        prepare: `echo 0 >'${none}'; mount --bind '${none}' /proc/sys/user/max_user_namespaces`,
      },
    );
    assert.equal(status, 3, stderr);
    const host = readlinkSync('/proc/self/ns/user');
    assert.equal(stdout, `${UIDS.bob}\n${UIDS.bob} 60151\n${host}\n`);
  });

  test('may be started by condor_starter as well', async (t) => {
    const glidein = new Glidein(t);
    const ended = await glidein.runStarter(shell('id -u >"$_CONDOR_JOB_IWD/who"'));
    assert.equal(ended.status, 0, ended.stderr);
    assert.equal(readFileSync(path.join(glidein.iwd, 'who'), 'utf8'), `${UIDS.bob}\n`);
  });

  test('tells why its command cannot be executed, with the step and errno', async (t) => {
    const glidein = new Glidein(t);
    const { result } = await glidein.run({
      Cmd: '/no/such/program',
      HoldSubcode: new Expression('0'),
    });
    assert.equal(result.HoldReasonCode, 6);
    assert.equal(result.HoldReasonSubCode, 2);
    assert.match(String(result.HoldReason), /\/no\/such\/program/);
  });

  test('cannot reach what is not for its account: Iwd, streams', async (t) => {
    const glidein = new Glidein(t);
    const closed = path.join(glidein.directory, 'state');
    const { result } = await glidein.run({ ...shell('true'), Out: `${closed}/out` });
    assert.equal(result.HoldReasonCode, 7, JSON.stringify(result));
    assert.ok(!existsSync(`${closed}/out`));
  });
});

/** What a job's environment has that its ad does not name. */
const KNOWN_VARIABLES = [
  'APPTAINER_CACHEDIR',
  'BATCH_SYSTEM',
  'CONDOR_STARTER_PID',
  'CUBACORES',
  'GOMAXPROCS',
  'HOME',
  'JULIA_NUM_THREADS',
  'MKL_NUM_THREADS',
  'NUMEXPR_NUM_THREADS',
  'OMP_NUM_THREADS',
  'OMP_THREAD_LIMIT',
  'OPENBLAS_NUM_THREADS',
  'PYTHON_CPU_COUNT',
  'ROOT_MAX_THREADS',
  'SINGULARITY_CACHEDIR',
  'TEMP',
  'TF_LOOP_PARALLEL_ITERATIONS',
  'TF_NUM_THREADS',
  'TMP',
  'TMPDIR',
  'X509_USER_PROXY',
  '_CONDOR_JOB_AD',
  '_CONDOR_JOB_IWD',
  '_CONDOR_JOB_PIDS',
  '_CONDOR_MACHINE_AD',
  '_CONDOR_OUTPUT_CLASSAD',
  '_CONDOR_SCRATCH_DIR',
  '_CONDOR_SLOT',
];
