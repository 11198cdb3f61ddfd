/**
 * Records what HTCondor's own condor_starter makes of job ads, run by hand (no shadow).
 *
 *   node test/job/record-starter.mjs ROOT > test/job/starter.json
 *
 * ROOT is a folder made with debootstrap that has Debian's `condor` package; needs root. For each
 * case: the words and the environment that the job was started with (from /proc), or the ad that the
 * starter wrote about its end. What changes from run to run is replaced: the sandbox by
 * `SANDBOX`; values of pids, times and usage by their type.
 */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const root = process.argv[2];
if (root === undefined) throw new Error('usage: record-starter.mjs ROOT');

const DUMP = '#!/bin/sh\ncat /proc/$$/environ > env\ncat /proc/$$/cmdline > args\n';

/** name, lines of the job ad beside Iwd and Owner, knobs, the starter's own environment. */
const CASES = [
  { name: 'no arguments and no environment', ad: ['Cmd = "IWD/dump"'] },
  {
    name: 'V2 arguments win over V1',
    ad: ['Cmd = "IWD/dump"', `Arguments = "one 'two three' '' it''''s"`, 'Args = "old words"'],
  },
  { name: 'V1 arguments', ad: ['Cmd = "IWD/dump"', `Args = "one 'two three'"`] },
  { name: 'a command relative to Iwd', ad: ['Cmd = "dump"', 'Arguments = "x"'] },
  { name: 'a command below Iwd', ad: ['Cmd = "./sub/dump"'] },
  {
    name: 'V2 environment wins over V1',
    ad: ['Cmd = "IWD/dump"', `Environment = "A=1 B='two words'"`, 'Env = "A=9;C=3"'],
  },
  { name: 'V1 environment', ad: ['Cmd = "IWD/dump"', 'Env = "A=1;B=two words"'] },
  {
    name: 'V1 environment with EnvDelim',
    ad: ['Cmd = "IWD/dump"', 'Env = "A=1|B=2;3"', 'EnvDelim = "|"'],
  },
  { name: 'V1 environment with its own delimiter', ad: ['Cmd = "IWD/dump"', 'Env = "|A=1|B=2;3"'] },
  {
    name: 'the starter wins over the job for what it sets, but for numbers of threads',
    ad: [
      'Cmd = "IWD/dump"',
      `Environment = "TMPDIR=/mine TMP=/mine TEMP=/mine BATCH_SYSTEM=mine OMP_NUM_THREADS=3 _CONDOR_SLOT=mine _CONDOR_SCRATCH_DIR=/mine _CONDOR_JOB_AD=/mine HOME=/mine"`,
    ],
  },
  {
    name: 'the scratch directory is put in place of its token everywhere',
    ad: ['Cmd = "IWD/dump"', `Environment = "S='#CoNdOrScRaTcHdIr#/a:#CoNdOrScRaTcHdIr#/b'"`],
  },
  {
    name: 'the job wins over STARTER_JOB_ENVIRONMENT',
    ad: ['Cmd = "IWD/dump"', 'Environment = "A=job"'],
    knobs: [`STARTER_JOB_ENVIRONMENT = "A=site B='two words'"`],
  },
  {
    name: 'STARTER_JOB_ENVIRONMENT in V1',
    ad: ['Cmd = "IWD/dump"'],
    knobs: ['STARTER_JOB_ENVIRONMENT = A=site;B=two words'],
  },
  {
    name: 'JOB_INHERITS_STARTER_ENVIRONMENT = true',
    ad: ['Cmd = "IWD/dump"', 'Environment = "A=job"'],
    knobs: ['JOB_INHERITS_STARTER_ENVIRONMENT = true'],
    env: {
      A: 'starter',
      B: 'starter',
      LINES: 'a\nb',
      TMPDIR: '/starter',
      _CONDOR_FOO: 'knob',
      CONDOR_X: 'x',
    },
  },
  {
    name: 'JOB_INHERITS_STARTER_ENVIRONMENT as a match list',
    ad: ['Cmd = "IWD/dump"', 'Environment = "APPLE=job"'],
    knobs: ['JOB_INHERITS_STARTER_ENVIRONMENT = ap*, !*x, b*n*'],
    env: {
      APPLE: 'starter',
      APRICOT: 'starter',
      APEX: 'starter',
      BANANA: 'starter',
      BEET: 'starter',
      APLINES: 'a\nb',
    },
  },
  {
    name: 'JOB_INHERITS_STARTER_ENVIRONMENT with refusals only',
    ad: ['Cmd = "IWD/dump"'],
    knobs: ['JOB_INHERITS_STARTER_ENVIRONMENT = !s*'],
    env: { KEPT: 'starter', SECRET: 'starter' },
  },
  { name: 'an exit code', ad: ['Cmd = "/bin/sh"', `Arguments = "-c 'exit 3'"`] },
  { name: 'a signal', ad: ['Cmd = "/bin/sh"', `Arguments = "-c 'kill -9 $$'"`] },
  {
    name: 'a core file',
    ad: ['Cmd = "/bin/sh"', `Arguments = "-c 'kill -6 $$'"`, 'CoreSize = -1'],
  },
  { name: 'x509userproxy', ad: ['Cmd = "IWD/dump"', 'x509userproxy = "proxy.pem"'] },
  { name: 'ExitCode of 255', ad: ['Cmd = "/bin/sh"', `Arguments = "-c 'exit 255'"`] },
];

const base = mkdtempSync(path.join(root, 'var/tmp/record-'));
const inside = base.slice(path.resolve(root).length);
chmodSync(base, 0o755);

try {
  const rows = CASES.map(record);
  process.stdout.write(`[\n${rows.map((row) => `  ${JSON.stringify(row)}`).join(',\n')}\n]\n`);
} finally {
  rmSync(base, { recursive: true, force: true });
}

function record({ name, ad, knobs = [], env = {} }) {
  const iwd = path.join(base, 'iwd');
  rmSync(iwd, { recursive: true, force: true });
  for (const directory of ['iwd/sub', 'execute', 'log', 'spool', 'lock']) {
    mkdirSync(path.join(base, directory), { recursive: true });
  }
  chmodSync(iwd, 0o777);
  for (const script of ['dump', 'sub/dump'])
    writeFileSync(path.join(iwd, script), DUMP, { mode: 0o755 });
  const lines = [
    'Owner = "nobody"',
    'User = "nobody@example.org"',
    'JobUniverse = 5',
    'Iwd = "IWD"',
    ...ad,
  ];
  const jobAd = `${lines.join('\n')}\n`
    .replaceAll('IWD', `${inside}/iwd`)
    .replace(`${inside}/iwd =`, 'Iwd =');
  writeFileSync(path.join(base, 'job.ad'), jobAd);
  writeFileSync(path.join(base, 'condor_config'), configuration(knobs));
  rmSync(path.join(base, 'result.ad'), { force: true });
  run(env);
  const args = strings(path.join(iwd, 'args'));
  const asked = { name, ad: lines, knobs, env };
  return args === null
    ? { ...asked, result: resultAd() }
    : { ...asked, args, environment: strings(path.join(iwd, 'env')) };
}

function configuration(knobs) {
  return `RELEASE_DIR = /usr
LOCAL_DIR = ${inside}
LOG = ${inside}/log
SPOOL = ${inside}/spool
LOCK = ${inside}/lock
EXECUTE = ${inside}/execute
BIN = /usr/bin
LIBEXEC = /usr/libexec/condor
CONDOR_HOST = 127.0.0.1
NETWORK_INTERFACE = 127.0.0.1
CONDOR_IDS = 0.0
UID_DOMAIN = example.org
USE_PROCD = false
USE_SHARED_PORT = false
MOUNT_UNDER_SCRATCH =
STARTER_SLOT_NAME = slot1
${knobs.join('\n')}
`;
}

function run(env) {
  const starter =
    `condor_starter -f -t -job-input-ad ${inside}/job.ad -job-output-ad ${inside}/result.ad ` +
    '-job-cluster 1 -job-proc 0';
  const script = `mount --bind "$0" "$0"; mount -t proc proc "$0/proc"; cd "$0"; exec env -u PWD -u OLDPWD chroot . ${starter}`;
  const done = spawnSync('unshare', ['-m', '--propagation', 'private', 'sh', '-c', script, root], {
    env: {
      PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
      CONDOR_CONFIG: `${inside}/condor_config`,
      ...env,
    },
    encoding: 'utf8',
    timeout: 60_000,
  });
  if (done.status !== 0)
    throw new Error(`condor_starter said ${done.status}:\n${done.stdout}${done.stderr}`);
}

function strings(file) {
  try {
    return readFileSync(file, 'utf8')
      .split('\0')
      .slice(0, -1)
      .map(withoutChance)
      .sort(keepArguments(file));
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

/** The order of an environment means nothing; the order of words does. */
function keepArguments(file) {
  return file.endsWith('args') ? () => 0 : undefined;
}

function withoutChance(text) {
  return text
    .replaceAll(new RegExp(`${inside}/execute/dir_\\d+`, 'g'), 'SANDBOX')
    .replaceAll(`${inside}/iwd`, 'IWD')
    .replaceAll(inside, 'LOCAL')
    .replace(/^_CONDOR_ANCESTOR_\d+=.*/, '_CONDOR_ANCESTOR_PID=CHILD:TIME:NUMBER')
    .replace(/^CONDOR_PARENT_ID=.*/, 'CONDOR_PARENT_ID=HOST:PID:TIME');
}

function resultAd() {
  const lines = readFileSync(path.join(base, 'result.ad'), 'utf8').split('\n').filter(Boolean);
  return Object.fromEntries(
    lines.map((line) => {
      const [, name, value] = /^(\S+) = (.*)$/.exec(line);
      const chance = /Date|Duration|Pid$|Cpu|Kb|Size|Block|Lifetime|Wait/i.test(name);
      return [
        name,
        chance
          ? value.replace(/^-?\d+\.\d+(E[-+]\d+)?$/, 'real').replace(/^-?\d+$/, 'integer')
          : value,
      ];
    }),
  );
}
