import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mustPlan, PLAIN_HOST, planInput } from '../../test/plan/inputs';
import { memoryHost } from '../../test/plan/memory-host';
import { describePlan } from './describe-plan';

test('describePlan() shows namespaces, ids, numbered steps, environment and notes', () => {
  const host = memoryHost(PLAIN_HOST, {
    uid: 1000,
    limits: { nofile: { soft: 1024, hard: 4096 } },
  });
  const { plan, notes } = mustPlan(
    planInput({
      mode: 'rootless',
      host,
      policy: { mountUnderScratch: ['/tmp'], cpus: [2, 3], niceIncrement: 10, noNewPrivs: true },
      spec: {
        arguments: ['plain', 'two words', "it's", ''],
        stderr: { kind: 'sandbox', name: '_condor_stderr', append: false },
      },
    }),
  );
  const sandbox = '/var/lib/condor/execute/dir_42';
  assert.deepEqual(describePlan(plan, notes).split('\n'), [
    'namespaces   user, mount, pid',
    "identity     uid 1000, gid 1000, the starter's groups; uid 1000 is 1000 outside (1), gid 1000 is 1000 outside (1)",
    '',
    'eyrie-init: 16 setup steps',
    `    1  open ${sandbox}  [for mounting]`,
    '    2  keep mounts below / from going out to the host',
    '    3  mount a tmpfs on /var/lib/condor/execute  [nosuid,nodev,noexec,mode=0755,size=64k]',
    `    4  make the directory ${sandbox}  [mode 0755]`,
    `    5  bind ${sandbox} on ${sandbox}`,
    '    6  open /dev/null as stdin  [read, as the job]',
    "    7  take the starter's stdout",
    `    8  open ${sandbox}/_condor_stderr as stderr  [truncate, as the job, no link followed]`,
    `    9  make the directory ${sandbox}/tmp  [mode 1777, owner 1000:1000]`,
    `   10  open ${sandbox}/tmp  [for mounting]`,
    `   11  bind ${sandbox}/tmp on /tmp`,
    '   12  mount a tmpfs on /var/lib/condor/execute  [nosuid,nodev,noexec,mode=0755,size=64k]',
    `   13  make the directory ${sandbox}  [mode 0755]`,
    `   14  bind ${sandbox} on ${sandbox}`,
    '   15  change the mount /var/lib/condor/execute  [ro,nosuid,nodev,noexec]',
    '   16  mount a proc on /proc  [nosuid,nodev,noexec]',
    '',
    "the job's process: 19 steps",
    '    1  start a session',
    '    2  join a fresh session keyring',
    '    3  reset all signals',
    '    4  raise the nice value by 10',
    '    5  stay on CPU 2, 3',
    '    6  limit core to 0',
    '    7  limit nofile to 1024  [hard limit 4096]',
    '    8  set the umask to 0022',
    '    9  make /dev/null descriptor 0',
    "   10  make the starter's stdout descriptor 1",
    `   11  make ${sandbox}/_condor_stderr descriptor 2`,
    '   12  close all descriptors from 3 up',
    '   13  go to the directory /home/alice/work  [as the job]',
    '   14  empty the capability bounding set',
    "   15  take the job's ids",
    '   16  drop all capabilities',
    '   17  forbid new privileges',
    '   18  ask to be killed when eyrie-init dies',
    "   19  execute /bin/true  [plain 'two words' 'it'\\''s' '']",
    '',
    'environment',
    `  _CONDOR_SCRATCH_DIR=${sandbox}`,
    '',
    'notes',
    `  ${notes[0]}`,
    '',
  ]);
});
