import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseStarterArguments } from './parse-starter';
import { STARTER_OPTIONS, STARTER_OPTION_NAMES, findStarterOption } from './starter-options';
import type { StarterOptionRow } from './starter-options';
import type { StarterArguments } from './types';

const NOTHING_ELSE: Omit<StarterArguments, 'source'> = {
  cluster: undefined,
  proc: undefined,
  outputAd: undefined,
  stdin: undefined,
  stdout: undefined,
  stderr: undefined,
  localName: undefined,
  configFile: undefined,
  slotName: undefined,
  terminalLog: false,
  logDirectory: undefined,
  logAppend: undefined,
  logHeader: undefined,
  warnings: [],
};

const FROM_FILE = { kind: 'ad', path: 'job.ad' } as const;

function understood(argv: readonly string[], expected: Partial<StarterArguments>): void {
  const read = parseStarterArguments(argv);
  assert.ok(read.ok, read.ok ? '' : read.error.message);
  assert.deepEqual(read.value, { action: 'run', arguments: { ...NOTHING_ELSE, ...expected } });
}

function refused(argv: readonly string[], message: string | RegExp): void {
  const read = parseStarterArguments(argv);
  assert.ok(!read.ok, `accepted: ${argv.join(' ')}`);
  if (typeof message === 'string') assert.equal(read.error.message, message);
  else assert.match(read.error.message, message);
}

describe('condor_starter as a startd calls it', () => {
  // The first as the startds of HTCondor 23.9.6 and 25.14.1 do; the others with the knob
  // STARTER_LOG_NAME_APPEND = JobId, and with JobStarterDebug in the job ad.
  const rows: readonly (readonly [argv: string, expected: Partial<StarterArguments>])[] = [
    [
      '-f -local-name slot_type_1 -a slot1_2 127.0.0.1',
      {
        source: { kind: 'shadow', host: '127.0.0.1' },
        localName: 'slot_type_1',
        logAppend: 'slot1_2',
      },
    ],
    [
      '-f -a 7.0 -slot-name slot1_1 submit.example.org',
      {
        source: { kind: 'shadow', host: 'submit.example.org' },
        logAppend: '7.0',
        slotName: 'slot1_1',
      },
    ],
    [
      '-f -a2 D_FULLDEBUG,$(EXECUTE)/dir_$(PID)/.starter.log -a slot1 127.0.0.1',
      {
        source: { kind: 'shadow', host: '127.0.0.1' },
        logAppend: 'slot1',
        warnings: ['-a2 is ignored: no second log is written yet'],
      },
    ],
  ];
  for (const [argv, expected] of rows) {
    test(`${argv} is understood`, () => understood(argv.split(' '), expected));
  }
});

describe('condor_starter by hand', () => {
  const rows: readonly (readonly [argv: string, expected: Partial<StarterArguments>])[] = [
    ['-job-input-ad job.ad', {}],
    ['-f -t -job-input-ad job.ad', { terminalLog: true }],
    ['-job-input-ad job.ad -t -f', { terminalLog: true }],
    ['-job-input-ad -', { source: { ...FROM_FILE, path: '-' } }],
    ['-job-input-ad job.ad -job-output-ad out.ad', { outputAd: 'out.ad' }],
    ['-job-input-ad job.ad -job-cluster 2147483647 -job-proc 0', { cluster: 2147483647, proc: 0 }],
    [
      '-job-input-ad job.ad -job-stdin in -job-stdout - -job-stderr -',
      { stdin: 'in', stdout: '-', stderr: '-' },
    ],
    [
      '-header (1.0) -log /logs -p 0 -q -job-input-ad job.ad',
      { logHeader: '(1.0)', logDirectory: '/logs' },
    ],
    [
      '-config /etc/condor/condor_config -job-input-ad job.ad',
      { configFile: '/etc/condor/condor_config' },
    ],
    ['-job-input-ad job.ad -job-output-ad -odd', { outputAd: '-odd' }],
    [
      '-job-input-ad job.ad -job-subproc 1',
      { warnings: ['-job-subproc is ignored: a job has one part here'] },
    ],
    [
      '-job-input-ad old.ad -job-input-ad job.ad',
      { warnings: ["several -job-input-ad given: using 'job.ad'"] },
    ],
  ];
  for (const [argv, expected] of rows) {
    test(`${argv} is understood`, () =>
      understood(argv.split(' '), { source: FROM_FILE, ...expected }));
  }
});

describe("HTCondor's abbreviations", () => {
  const rows: readonly (readonly [word: string, meaning: string | undefined])[] = [
    ['-job-i', 'job-input-ad'],
    ['-job-o', 'job-output-ad'],
    ['-job-u', 'job-update-ad'],
    ['-job-k', 'job-keyword'],
    ['-job-c', 'job-cluster'],
    ['-job-p', 'job-proc'],
    ['-job-s', 'job-subproc'],
    ['-job-st', 'job-stdin'],
    ['-job-std', 'job-stdin'],
    ['-job-stdo', 'job-stdout'],
    ['-job-stde', 'job-stderr'],
    ['-job-', undefined],
    ['-job', undefined],
    ['-job-x', undefined],
    ['-job-input-adx', undefined],
    ['-cla', 'classad'],
    ['-c', 'config'],
    ['-cl', undefined],
    ['-a', 'append'],
    ['-a2', 'a2'],
    ['-f', 'foreground'],
    ['-t', 'termlog'],
    ['-l', 'log'],
    ['-ld', 'ld'],
    ['-local-name', 'local-name'],
    ['-p', 'port'],
    ['-pi', 'pidfile'],
    ['-v', 'version'],
    ['-h', 'help'],
    ['-he', 'header'],
    ['-slo', 'slot-name'],
    ['-sl', undefined],
    ['-s', 'schedd-addr'],
    ['-g', 'gridshell'],
    ['--help', 'help'],
    ['--version', 'version'],
    ['--job-input-ad', undefined],
    ['-', undefined],
  ];
  for (const [word, meaning] of rows) {
    test(`${word} is ${meaning ?? 'no option'}`, () =>
      assert.equal(findStarterOption(word), meaning));
  }
});

describe('what condor_starter does without a job', () => {
  test('-classad prints its abilities, whatever else is said', () => {
    for (const argv of [['-classad'], ['-f', '-classad', 'host']]) {
      assert.deepEqual(parseStarterArguments(argv), { ok: true, value: { action: 'abilities' } });
    }
  });
  test('-version and -help win', () => {
    assert.deepEqual(parseStarterArguments(['-v']), { ok: true, value: { action: 'version' } });
    const argv = ['-help', '-classad'];
    assert.deepEqual(parseStarterArguments(argv), { ok: true, value: { action: 'help' } });
  });
});

describe('wrong use of condor_starter', () => {
  const rows: readonly (readonly [argv: string, message: string])[] = [
    ['-f', 'no job: expected -job-input-ad PATH or a submit host'],
    ['-job-inptu-ad x', "unknown option '-job-inptu-ad': did you mean '-job-input-ad'?"],
    ['--job-input-ad x', "unknown option '--job-input-ad': did you mean '-job-input-ad'?"],
    ['-xyzzy', "unknown option '-xyzzy'"],
    ['-job-input-ad', '-job-input-ad needs an argument: PATH'],
    [
      '-job-cluster x -job-i job.ad',
      "-job-cluster takes a whole number from 0 to 2147483647, not 'x'",
    ],
    ['-job-proc -1 -job-i job.ad', "-job-proc takes a whole number from 0 to 2147483647, not '-1'"],
    [
      '-job-proc 2147483648 -job-i a',
      "-job-proc takes a whole number from 0 to 2147483647, not '2147483648'",
    ],
    [
      '-job-i - -job-stdin -',
      'standard input cannot be both -job-input-ad and -job-stdin: name a file for one',
    ],
    [
      '-job-i a -job-o - -job-stdout -',
      'standard output cannot be both -job-output-ad and -job-stdout: name a file for one',
    ],
    ['-job-i a host', "the job comes from the submit host 'host' or -job-input-ad: not both"],
    ['-p 9618 host', '-port 9618 is refused: no commands are served yet'],
  ];
  for (const [argv, message] of rows) {
    test(`${argv} is refused: ${message}`, () => refused(argv.split(' '), message));
  }

  for (const name of STARTER_OPTION_NAMES) {
    const row: StarterOptionRow = STARTER_OPTIONS[name];
    if (row.refused === undefined) continue;
    test(`-${name} is refused with its reason`, () => {
      refused([`-${name}`, 'x', '-job-input-ad', 'job.ad'], `-${name} is refused: ${row.refused}`);
    });
  }

  test('any words at all are read or refused with a sentence, never thrown at', () => {
    const word = fc.oneof(
      fc.constantFrom(...STARTER_OPTION_NAMES.map((n) => `-${n}`)),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(word), (argv) => {
        const read = parseStarterArguments(argv);
        if (!read.ok) assert.match(read.error.message, /\S/);
      }),
    );
  });
});
