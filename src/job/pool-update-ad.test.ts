import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ad, adsOf, machineAdOf, RUNS, run } from '../../test/shadow/recorded';
import { type ClassAd, printExpression, type Value } from '../condor/classad';
import {
  finalAd,
  jobUpdateAd,
  type JobState,
  type JobUpdate,
  provisionedAd,
} from './pool-update-ad';
import type { JobEnd } from './result';

/** Attributes that are ours only: the startd gets them, and here the shadow, too. */
const OURS = ['CondorScratchDir', 'StarterIpAddr', 'ExecuteDirWasEncrypted'];

/** What genuine starters tell beside: block devices, statistics of their own, what came by Chirp. */
const NOT_MEASURED = /^(ImageSize|Block.*|Recent.*|StatsLifetime|IOWait|ToE|Chirp.*)$/;

/** A promise of the next update, which is not made. */
const PROMISE = '_condor_JOBINFO_MAXINTERVAL';

const number = (one: ClassAd, name: string): number => one.real(name) ?? 0;

/** The same update as a genuine starter's, from its own values. */
function repeated(genuine: ClassAd): ClassAd {
  const name = genuine.string('JobState');
  const started = number(genuine, 'JobStartDate');
  const state: JobState =
    name === 'Exited'
      ? {
          name,
          exit: endOf(genuine),
          ended: started + number(genuine, 'JobDuration'),
          ownAccord: false,
        }
      : { name: name as 'Running' };
  return jobUpdateAd({
    state,
    measured: {
      pid: genuine.integer('JobPid'),
      started,
      usage: {
        userCpu: number(genuine, 'RemoteUserCpu'),
        systemCpu: number(genuine, 'RemoteSysCpu'),
        maxResident: number(genuine, 'ResidentSetSize'),
      },
      sandbox: genuine.has('DiskUsage')
        ? { size: number(genuine, 'DiskUsage'), entries: number(genuine, 'ScratchDirFileCount') }
        : undefined,
    },
    processes: genuine.integer('NumPids'),
    starterAddress: genuine.string('StarterIpAddr') ?? '<192.0.2.7:9618>',
    scratchDirectory: '/execute/dir_1',
    vacate: genuine.has('VacateReason')
      ? {
          reason: genuine.string('VacateReason') ?? '',
          code: number(genuine, 'VacateReasonCode'),
          subcode: number(genuine, 'VacateReasonSubCode'),
        }
      : undefined,
  });
}

function endOf(genuine: ClassAd): JobEnd {
  return {
    code: genuine.integer('ExitCode'),
    signal: genuine.integer('ExitSignal'),
    coreDumped: genuine.boolean('JobCoreDumped') ?? false,
  };
}

/** Names, expressions and types, without what is left out on either side. */
function comparable(one: ClassAd): Record<string, readonly [string, Value['type']]> {
  const names = one
    .names()
    .filter((name) => !OURS.includes(name) && !NOT_MEASURED.test(name) && name !== PROMISE)
    .filter((name) => !/^Std(out|err)Mtime$/.test(name))
    .sort();
  return Object.fromEntries(
    names.map((name) => {
      const expression = one.get(name);
      assert.ok(expression);
      return [name, [printExpression(expression, 'old'), one.value(name).type]];
    }),
  );
}

describe('updates beside those of genuine starters', () => {
  for (const [name, recorded] of RUNS) {
    const updates = adsOf(recorded, -81).filter((one) => one.has('JobState'));
    if (updates.length === 0) continue;
    test(`${name}: the same attributes, values and types`, () => {
      for (const genuine of updates) {
        assert.deepEqual(comparable(repeated(genuine)), comparable(genuine));
      }
    });
  }

  for (const name of ['23.9.6-normal', '25.14.1-normal']) {
    test(`${name}: the provisioned resources`, () => {
      const [genuine] = adsOf(run(name), -81);
      assert.ok(genuine);
      assert.deepEqual(comparable(provisionedAd(machineAdOf(name))), comparable(genuine));
    });
  }

  test('the final ads of 25.14.1', () => {
    for (const name of ['25.14.1-normal', '25.14.1-user-hold-evict']) {
      const [genuine] = adsOf(run(name), -65);
      assert.ok(genuine);
      const vacate = { reason: 'Claim deactivated', code: 1009, subcode: 0 };
      const own = finalAd({
        measured: { sandbox: { size: 10, entries: number(genuine, 'ScratchDirFileCount') } },
        transferred: {
          sent: number(genuine, 'BytesSent'),
          received: number(genuine, 'BytesRecvd'),
          spooled: genuine.string('SpooledOutputFiles')?.split(',') ?? [],
        },
        stdoutModified: number(genuine, 'StdoutMtime') + 0.5,
        stderrModified: number(genuine, 'StderrMtime'),
        starterAddress: genuine.string('StarterIpAddr') ?? '',
        scratchDirectory: '/execute/dir_1',
        vacate: genuine.has('VacateReason') ? vacate : undefined,
      });
      assert.deepEqual(comparable(own), comparable(genuine));
      for (const attribute of ['StdoutMtime', 'StderrMtime', 'StarterIpAddr']) {
        assert.deepEqual(own.value(attribute), genuine.value(attribute));
      }
      assert.equal(own.boolean('ExecuteDirWasEncrypted'), false);
    }
  });
});

describe('an update', () => {
  const plain: JobUpdate = {
    state: { name: 'Running' },
    measured: { pid: undefined, started: undefined, usage: undefined, sandbox: undefined },
    starterAddress: '<192.0.2.7:9618>',
    scratchDirectory: '/execute/dir_1',
  };

  test('has nothing that was not measured, and promises no other update', () => {
    assert.deepEqual(jobUpdateAd(plain).names().sort(), [
      'CondorScratchDir',
      'JobState',
      'StarterIpAddr',
    ]);
  });

  test('of a job that is stopped says so', () => {
    const state = jobUpdateAd({ ...plain, state: { name: 'Suspended' } }).string('JobState');
    assert.equal(state, 'Suspended');
  });

  test('gives memory as an expression that follows the resident set', () => {
    const usage = { userCpu: 1, systemCpu: 0.5, maxResident: 2049 };
    const update = jobUpdateAd({ ...plain, measured: { ...plain.measured, usage } });
    assert.equal(update.integer('MemoryUsage'), 3);
    assert.equal(
      update
        .copy()
        .set('ResidentSetSize', ad(['X = 1024']).value('X'))
        .integer('MemoryUsage'),
      1,
    );
  });
});

describe('provisioned resources', () => {
  test('of a machine that names none are those that every machine has', () => {
    const machineAd = ad(['Cpus = 2', 'Memory = 100', 'GPUs = 1']);
    assert.deepEqual(provisionedAd(machineAd).names(), ['CpusProvisioned', 'MemoryProvisioned']);
  });

  test('have the ids of assigned ones', () => {
    const machineAd = ad(['MachineResources = "GPUs"', 'GPUs = 1', 'AssignedGPUs = "GPU-1"']);
    assert.equal(provisionedAd(machineAd).string('AssignedGPUs'), 'GPU-1');
  });
});

test('the final ad of a job without files to transfer has its place only', () => {
  const own = finalAd({
    measured: { sandbox: undefined },
    starterAddress: 'a',
    scratchDirectory: 'b',
  });
  assert.deepEqual(own.names().sort(), [
    'CondorScratchDir',
    'ExecuteDirWasEncrypted',
    'StarterIpAddr',
  ]);
});
