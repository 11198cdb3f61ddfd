import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import recorded from '../../test/job/starter.json';
import { jobAdOf, machineAdOf } from '../../test/shadow/recorded';
import { configOf } from '../../test/support/knobs';
import { ClassAd, parseClassAd } from '../condor/classad';
import type { KnobError } from '../condor/config';
import type { Result } from '../result';
import { type EnvironmentInput, jobEnvironment } from './environment';
import { readJobSpec } from './read-spec';

/** What a job of this environment, machine ad and configuration gets. */
function environmentOf(more: {
  readonly job?: Record<string, string>;
  readonly machine?: string;
  readonly knobs?: Record<string, string>;
  readonly input?: Partial<EnvironmentInput>;
}): Result<Record<string, string>, KnobError> {
  const machineAd = parseClassAd(more.machine ?? '', { syntax: 'old' });
  assert.ok(machineAd.ok);
  const made = jobEnvironment({
    spec: {
      environment: new Map(Object.entries(more.job ?? {})),
      iwd: '/data',
      x509UserProxy: undefined,
    },
    config: configOf(more.knobs),
    machineAd: machineAd.value,
    slotName: 'slot1_2',
    home: '/home/alice',
    scratch: '/execute/dir_7',
    temporary: '/execute/dir_7',
    ancestor: { pid: 7, time: 1795231310.5, random: 4_294_967_295 },
    starter: new Map([['PATH', '/starter/bin']]),
    outputAd: undefined,
    bin: undefined,
    ...more.input,
  });
  return made.ok ? { ok: true, value: Object.fromEntries(made.value) } : made;
}

function variables(more: Parameters<typeof environmentOf>[0]): Record<string, string> {
  const made = environmentOf(more);
  assert.ok(made.ok, made.ok ? '' : made.error.message);
  return made.value;
}

describe('the environment of a job', () => {
  test('is the whole of this and no more, for a job that asks for nothing', () => {
    assert.deepEqual(variables({}), {
      BATCH_SYSTEM: 'HTCondor',
      HOME: '/home/alice',
      TMPDIR: '/execute/dir_7',
      TEMP: '/execute/dir_7',
      TMP: '/execute/dir_7',
      APPTAINER_CACHEDIR: '/execute/dir_7',
      SINGULARITY_CACHEDIR: '/execute/dir_7',
      CONDOR_STARTER_PID: '7',
      _CONDOR_SCRATCH_DIR: '/execute/dir_7',
      _CONDOR_SLOT: 'slot1_2',
      _CONDOR_JOB_AD: '/execute/dir_7/.job.ad',
      _CONDOR_MACHINE_AD: '/execute/dir_7/.machine.ad',
      _CONDOR_JOB_IWD: '/data',
      _CONDOR_JOB_PIDS: '',
      _CONDOR_ANCESTOR_7: '7:1795231310:4294967295',
    });
  });

  test('has what the job and the site say, the job before the site', () => {
    const { A, B } = variables({
      job: { A: 'job' },
      knobs: { STARTER_JOB_ENVIRONMENT: `"A=site B='two words'"` },
    });
    assert.deepEqual([A, B], ['job', 'two words']);
  });

  test('cannot be given another sandbox or slot by the job', () => {
    const job = { _CONDOR_SCRATCH_DIR: '/mine', TMPDIR: '/mine', _CONDOR_SLOT: 'mine' };
    const { _CONDOR_SCRATCH_DIR, TMPDIR, _CONDOR_SLOT } = variables({ job });
    assert.deepEqual(
      [_CONDOR_SCRATCH_DIR, TMPDIR, _CONDOR_SLOT],
      ['/execute/dir_7', '/execute/dir_7', 'slot1_2'],
    );
  });

  test('has the sandbox in place of its token, also in what the site says', () => {
    const { S, T } = variables({
      job: { S: '#CoNdOrScRaTcHdIr#/a:#CoNdOrScRaTcHdIr#/b' },
      knobs: { STARTER_JOB_ENVIRONMENT: 'T=#CoNdOrScRaTcHdIr#' },
    });
    assert.deepEqual([S, T], ['/execute/dir_7/a:/execute/dir_7/b', '/execute/dir_7']);
  });

  test("takes a sandbox's path as it is, whatever characters it has", () => {
    const { S } = variables({
      job: { S: '<#CoNdOrScRaTcHdIr#>' },
      input: { scratch: "/a$&b$'c$$" },
    });
    assert.equal(S, "</a$&b$'c$$>");
  });

  test('has temporary files in a private /tmp where there is one', () => {
    const { TMPDIR, TMP, TEMP, _CONDOR_SCRATCH_DIR } = variables({ input: { temporary: '/tmp' } });
    assert.deepEqual([TMPDIR, TMP, TEMP], ['/tmp', '/tmp', '/tmp']);
    assert.equal(_CONDOR_SCRATCH_DIR, '/execute/dir_7');
  });

  test('leads to the file in which a wrapper says what went wrong, where there is a wrapper', () => {
    const { _CONDOR_WRAPPER_ERROR_FILE: place } = variables({
      knobs: { USER_JOB_WRAPPER: '/site/wrap' },
    });
    assert.equal(place, '/execute/dir_7/.job_wrapper_failure');
  });

  test('has no HOME where the site or the account has none', () => {
    assert.equal(variables({ knobs: { STARTER_SETS_HOME_ENV: 'false' } })['HOME'], undefined);
    assert.equal(variables({ input: { home: undefined } })['HOME'], undefined);
  });

  test("leads to the proxy, the result ad and HTCondor's programs where there are such", () => {
    const all = variables({
      input: {
        spec: { environment: new Map(), iwd: '/data', x509UserProxy: '/data/p' },
        outputAd: '/out.ad',
        bin: '/usr/bin',
      },
    });
    assert.equal(all['X509_USER_PROXY'], '/data/p');
    assert.equal(all['_CONDOR_OUTPUT_CLASSAD'], '/out.ad');
    assert.equal(all['_CONDOR_BIN'], '/usr/bin');
  });

  test("has of the starter's own what a knob lets through and nobody else has said", () => {
    const all = variables({
      job: { A: 'job' },
      knobs: { JOB_INHERITS_STARTER_ENVIRONMENT: 'true' },
      input: { starter: new Map(Object.entries({ A: 'starter', B: 'starter', TMP: '/t' })) },
    });
    assert.deepEqual([all['A'], all['B'], all['TMP']], ['job', 'starter', '/execute/dir_7']);
  });

  test('passes on the marks of the families above', () => {
    const starter = new Map([['_CONDOR_ANCESTOR_3', '7:1:2']]);
    assert.equal(variables({ input: { starter } })['_CONDOR_ANCESTOR_3'], '7:1:2');
  });

  test('has the marks of families first, and none that would end a procd of HTCondor', () => {
    const [long, longest] = [72, 71].map((length) =>
      '1'.repeat(length - '_CONDOR_ANCESTOR_3='.length),
    );
    const starter = new Map([
      ['_CONDOR_ANCESTOR_3', long!],
      ['_CONDOR_ANCESTOR_4', longest!],
      ['_CONDOR_ANCESTOR_X', 'x'],
    ]);
    const made = variables({ input: { starter } });
    assert.deepEqual(Object.keys(made).slice(0, 3), [
      '_CONDOR_ANCESTOR_7',
      '_CONDOR_ANCESTOR_4',
      'BATCH_SYSTEM',
    ]);
  });

  test('has at most as many marks as procds look at', () => {
    const starter = new Map(
      Array.from({ length: 40 }, (_, i) => [`_CONDOR_ANCESTOR_${100 + i}`, '1:2:3'] as const),
    );
    const marks = Object.keys(variables({ input: { starter } })).filter((name) =>
      name.startsWith('_CONDOR_ANCESTOR_'),
    );
    assert.equal(marks.length, 32);
    assert.equal(marks[0], '_CONDOR_ANCESTOR_7');
  });

  test('takes no mark of a family from the job or the site', () => {
    const made = variables({
      job: { _CONDOR_ANCESTOR_1: '1:2:3', _CONDOR_ANCESTOR_7: 'forged' },
      knobs: { STARTER_JOB_ENVIRONMENT: '"_CONDOR_ANCESTOR_2=1:2:3"' },
    });
    assert.deepEqual(
      Object.entries(made).filter(([name]) => name.startsWith('_CONDOR_ANCESTOR_')),
      [['_CONDOR_ANCESTOR_7', '7:1795231310:4294967295']],
    );
  });

  test('of a job of a pool has its own words and the sandbox, and nothing of what a startd handed down', () => {
    const sandbox = '/execute/dir_7';
    const spec = readJobSpec(jobAdOf('25.14.1-normal'), {
      from: 'shadow',
      files: { kind: 'transferred', sandbox },
    });
    assert.ok(spec.ok, spec.ok ? '' : spec.error.reason);
    const starter = new Map(
      Object.entries({
        CONDOR_INHERIT: 'sockets',
        CONDOR_PRIVATE_INHERIT: 'keys',
        CONDOR_PRIVATE_SHARED_PORT_COOKIE: 'cookie',
        CONDOR_PARENT_ID: 'vm:182006:1795224968',
        _CONDOR_ANCESTOR_3: '7:1:2',
      }),
    );
    const machineAd = machineAdOf('25.14.1-normal');
    for (const inherits of ['false', 'true']) {
      const knobs = { JOB_INHERITS_STARTER_ENVIRONMENT: inherits };
      const all = variables({ knobs, input: { spec: spec.value, machineAd, starter } });
      assert.deepEqual([all['BAZ'], all['FOO']], ['a b', 'bar']);
      assert.equal(all['_CONDOR_JOB_IWD'], sandbox);
      assert.equal(all['OMP_NUM_THREADS'], '1');
      const inherited = [...starter.keys()].filter((name) => name in all);
      assert.deepEqual(inherited, ['_CONDOR_ANCESTOR_3']);
    }
  });

  test("is refused with the knob's name where a knob cannot be read", () => {
    const made = environmentOf({ knobs: { STARTER_JOB_ENVIRONMENT: '"A=1' } });
    assert.ok(!made.ok);
    assert.equal(made.error.knob, 'STARTER_JOB_ENVIRONMENT');
    assert.match(made.error.message, /STARTER_JOB_ENVIRONMENT.*--set.* double quote that opens it/);
  });
});

describe('numbers of threads', () => {
  test('are the CPUs of the slot', () => {
    const all = variables({ machine: 'Cpus = 4' });
    assert.equal(all['OMP_NUM_THREADS'], '4');
    assert.equal(all['PYTHON_CPU_COUNT'], '4');
  });

  test("are the job's own where it has said something", () => {
    const all = variables({
      machine: 'Cpus = 4',
      job: { OMP_NUM_THREADS: '1', MKL_NUM_THREADS: '' },
    });
    assert.deepEqual([all['OMP_NUM_THREADS'], all['MKL_NUM_THREADS']], ['1', '4']);
  });

  test('are told to whom the knob names', () => {
    const all = variables({
      machine: 'Cpus = 4',
      knobs: { STARTER_NUM_THREADS_ENV_VARS: 'A, B' },
    });
    assert.deepEqual([all['A'], all['B'], all['OMP_NUM_THREADS']], ['4', '4', undefined]);
  });

  test('are not told for a slot without CPUs', () => {
    assert.equal(variables({ machine: 'Cpus = 0' })['OMP_NUM_THREADS'], undefined);
  });
});

describe('assigned resources', () => {
  const gpus = `
MachineResources = "Cpus Memory GPUs"
GPUs = 2
AssignedGPUs = "GPU-c4a646d7,GPU-6a96bd13"
AvailableGPUs = { GPU_c4a646d7, GPU_6a96bd13 }
GPU_c4a646d7 = [ id = "GPU-c4a646d7"; DeviceUuid = "c4a646d7-aa14" ]
GPU_6a96bd13 = [ id = "GPU-6a96bd13"; DeviceUuid = "6a96bd13-96bc" ]
`;

  test('are told as they stand in the machine ad, and as their knob says', () => {
    const all = variables({
      machine: 'MachineResources = "Cpus Tape"\nTape = 2\nAssignedTape = "t1, t2"',
      knobs: { ENVIRONMENT_FOR_AssignedTape: 'TAPES=/t/tape/' },
    });
    assert.equal(all['_CONDOR_AssignedTape'], 't1, t2');
    assert.equal(all['TAPES'], 'tape1,tape2');
  });

  test('GPUs are told by UUID', () => {
    const all = variables({ machine: gpus });
    const uuids = 'GPU-c4a646d7-aa14,GPU-6a96bd13-96bc';
    assert.equal(all['_CONDOR_AssignedGPUs'], 'GPU-c4a646d7,GPU-6a96bd13');
    assert.equal(all['NVIDIA_VISIBLE_DEVICES'], uuids);
    assert.equal(all['CUDA_VISIBLE_DEVICES'], uuids);
    assert.equal(all['GPU_DEVICE_ORDINAL'], 'GPU-c4a646d7,GPU-6a96bd13');
  });

  test('MIG devices are told by their own kind of UUID', () => {
    const mig = gpus.replaceAll('"GPU-', '"MIG-').replaceAll('DeviceUuid = "', '$&MIG-');
    const all = variables({ machine: mig });
    assert.equal(all['NVIDIA_VISIBLE_DEVICES'], 'MIG-c4a646d7-aa14,MIG-6a96bd13-96bc');
  });

  test('a slot without GPUs is told that it has none', () => {
    const all = variables({ machine: 'MachineResources = "Cpus GPUs"\nGPUs = 0' });
    assert.equal(all['_CONDOR_AssignedGPUs'], '10000');
    assert.equal(all['CUDA_VISIBLE_DEVICES'], '10000');
    assert.equal(all['NVIDIA_VISIBLE_DEVICES'], 'none');
  });

  test('the site can keep NVIDIA_VISIBLE_DEVICES to itself', () => {
    const all = variables({ machine: gpus, knobs: { AUTO_SET_NVIDIA_VISIBLE_DEVICES: 'false' } });
    assert.equal(all['NVIDIA_VISIBLE_DEVICES'], undefined);
  });

  test('a resource that nobody has variables for is told only where some is assigned', () => {
    const all = variables({ machine: 'MachineResources = "Cpus Tape"\nTape = 0' });
    assert.equal(all['_CONDOR_AssignedTape'], undefined);
  });

  test('a knob that cannot be read is named', () => {
    const made = environmentOf({
      machine: 'MachineResources = "Tape"\nAssignedTape = "t1"',
      knobs: { ENVIRONMENT_FOR_AssignedTape: 'A=/(//' },
    });
    assert.ok(!made.ok);
    assert.match(made.error.message, /ENVIRONMENT_FOR_AssignedTape.*--set.*regular expression/);
  });
});

/**
 * Where we differ from the starter of the record (23.9.6, run by hand), and why. A difference that
 * is gone fails the test.
 */
const DIFFERENT: Readonly<Record<string, string>> = {
  CONDOR_STARTER_PID: 'only newer HTCondors tell it',
  _CHIRP_DELAYED_UPDATE_PREFIX: 'a job by hand has no Chirp, neither here nor there',
  _CONDOR_FOO: "the starter's knobs are not the job's business",
  CONDOR_PARENT_ID: "HTCondor's own daemons set it for themselves",
};

describe("beside what HTCondor's own starter gave", () => {
  const differing = new Set<string>();
  for (const run of recorded) {
    if (run.environment === undefined) continue;
    test(run.name, () => {
      const theirs = Object.fromEntries(run.environment.map(split));
      const ours = ourVariables(run);
      for (const name of new Set([...Object.keys(theirs), ...Object.keys(ours)])) {
        if (ours[name] === theirs[name]) continue;
        assert.ok(name in DIFFERENT, `${name}: ours ${ours[name]}, theirs ${theirs[name]}`);
        differing.add(name);
      }
    });
  }

  test('the differences are those that are known', () => {
    assert.deepEqual([...differing].sort(), Object.keys(DIFFERENT).sort());
  });

  function split(entry: string): [string, string] {
    const equals = entry.indexOf('=');
    return [entry.slice(0, equals), entry.slice(equals + 1)];
  }

  function ourVariables(run: (typeof recorded)[number]): Record<string, string> {
    const jobAd = parseClassAd(run.ad.join('\n').replaceAll('"IWD', '"/IWD'), { syntax: 'old' });
    assert.ok(jobAd.ok);
    const spec = readJobSpec(jobAd.value, { from: 'hand', cwd: '/', missingOutput: 'null' });
    assert.ok(spec.ok);
    const knobs = run.knobs.map((line) => split(line).map((part) => part.trim()));
    const made = jobEnvironment({
      spec: spec.value,
      config: configOf({
        STARTER_SETS_HOME_ENV: 'false',
        ...(Object.fromEntries(knobs) as Record<string, string>),
      }),
      machineAd: new ClassAd(),
      slotName: 'slot1',
      home: undefined,
      scratch: 'SANDBOX',
      temporary: 'SANDBOX',
      ancestor: { pid: 7, time: 1, random: 2 },
      starter: new Map(
        Object.entries({
          PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
          CONDOR_CONFIG: 'LOCAL/condor_config',
          ...run.env,
        }),
      ),
      outputAd: 'LOCAL/result.ad',
      bin: '/usr/bin',
    });
    assert.ok(made.ok, made.ok ? '' : made.error.message);
    return Object.fromEntries(
      [...made.value].map(([name, value]) =>
        name === '_CONDOR_ANCESTOR_7'
          ? ['_CONDOR_ANCESTOR_PID', 'CHILD:TIME:NUMBER']
          : [name, value.replaceAll('/IWD', 'IWD')],
      ),
    );
  }
});
