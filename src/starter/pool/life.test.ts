import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { JobFault } from '../../job/faults';
import type { JobEnd, JobOutcome } from '../../job/result';
import { beginPoolLife, OUTPUT_ATTEMPTS, stepPoolLife, whyNoReconnect } from './life';
import type { EvictTransfer, PoolAction, PoolEvent, PoolLife, PoolRules } from './life-types';

const exit: JobEnd = { code: 0, signal: undefined, coreDumped: false };
const completed: JobOutcome = { kind: 'completed', exit };
const evicted: JobOutcome = { kind: 'evicted', ending: { why: 'vacate' }, exit };
const unfit: JobFault = { cause: 'cannotExecute', subcode: 2, reason: 'no such file' };
const policy: JobFault = { cause: 'cannotExecute', subcode: 0, reason: 'too much memory' };

/** What happens, in one word. */
const EVENTS = {
  vacate: { on: 'soft-kill', ending: { why: 'vacate' } },
  fast: { on: 'hard-kill', ending: { why: 'vacate' } },
  removal: { on: 'soft-kill', ending: { why: 'vacate', withOutput: true } },
  policy: { on: 'soft-kill', ending: { why: 'hold', fault: policy } },
  startdLost: { on: 'startd-lost' },
  unfit: { on: 'unfit', fault: unfit },
  received: { on: 'input-received' },
  inputFault: { on: 'input-failed', fault: unfit },
  inputLater: { on: 'input-failed', fault: undefined },
  completed: { on: 'job-ended', outcome: completed },
  evicted: { on: 'job-ended', outcome: evicted },
  lost: { on: 'job-ended', outcome: { kind: 'lost', reason: 'init was killed' } },
  notLaunched: { on: 'job-ended', outcome: { kind: 'held', fault: unfit, exit: undefined } },
  overLimit: { on: 'job-ended', outcome: { kind: 'held', fault: policy, exit } },
  sent: { on: 'output-sent' },
  outputFault: { on: 'output-failed', fault: unfit },
  outputLater: { on: 'output-failed', fault: undefined },
  reported: { on: 'reported' },
  shadowLost: { on: 'shadow-lost' },
  shadowBack: { on: 'shadow-back' },
  leaseExpired: { on: 'lease-expired' },
  suspend: { on: 'suspend' },
  continue: { on: 'continue' },
} as const satisfies Record<string, PoolEvent>;

type Word = keyof typeof EVENTS | 'prepared';

function play(words: readonly Word[], rules: Partial<PoolRules> = {}): [PoolLife, PoolAction[]] {
  const prepared = {
    on: 'prepared',
    rules: { transfer: true, onEvict: 'nothing', lease: true, ...rules },
  } as const;
  const actions: PoolAction[] = [];
  let life = beginPoolLife();
  for (const word of words) {
    const step = stepPoolLife(life, word === 'prepared' ? prepared : EVENTS[word]);
    life = step.life;
    actions.push(...step.actions);
  }
  return [life, actions];
}

/** An action in a few words. */
function name(action: PoolAction): string {
  switch (action.do) {
    case 'tell-job':
      return `tell-job ${action.event.on}`;
    case 'send-output':
      return `send ${action.output.what}${action.output.final ? '' : ' for the next start'}`;
    case 'report':
      return `report ${action.report.how}`;
    case 'leave':
      return `leave ${action.status}`;
    default:
      return action.do;
  }
}

const RUNNING: readonly Word[] = ['prepared', 'received'];
const RAN = ['receive-input', 'launch'];

interface Row {
  readonly what: string;
  readonly rules?: Partial<PoolRules>;
  readonly events: readonly Word[];
  readonly actions: readonly string[];
}

const ROWS: readonly Row[] = [
  {
    what: 'a job is received, run, sent and reported',
    events: [...RUNNING, 'completed', 'sent', 'reported'],
    actions: [...RAN, 'tell-end', 'send everything', 'report exited', 'stop-lease', 'leave 0'],
  },
  {
    what: 'a job without file transfer is neither received nor sent',
    rules: { transfer: false },
    events: ['prepared', 'completed', 'reported'],
    actions: ['launch', 'tell-end', 'report exited', 'stop-lease', 'leave 0'],
  },
  {
    what: 'a job that cannot be run is reported as it is',
    events: ['unfit', 'reported'],
    actions: ['report fault', 'stop-lease', 'leave 0'],
  },
  {
    what: 'a job that ran over a limit is told as a fault, and nothing of it is sent',
    rules: { onEvict: 'everything' },
    events: [...RUNNING, 'overLimit', 'reported'],
    actions: [...RAN, 'tell-end', 'report fault', 'stop-lease', 'leave 0'],
  },
  {
    what: 'input that cannot be had is a fault',
    events: ['prepared', 'inputFault'],
    actions: ['receive-input', 'report fault'],
  },
  {
    what: 'input that may be had later sends the job back',
    events: ['prepared', 'inputLater'],
    actions: ['receive-input', 'report not started'],
  },
  {
    what: 'a launch that fails is a fault, and nothing is sent',
    events: [...RUNNING, 'notLaunched'],
    actions: [...RAN, 'report fault'],
  },
  {
    what: 'output that is missing is a fault',
    events: [...RUNNING, 'completed', 'outputFault'],
    actions: [...RAN, 'tell-end', 'send everything', 'report fault'],
  },
  {
    what: 'an eviction sends nothing',
    events: [...RUNNING, 'vacate', 'evicted', 'reported'],
    actions: [...RAN, 'tell-job soft-kill', 'tell-end', 'report requeue', 'stop-lease', 'leave 0'],
  },
  {
    what: 'an eviction with ON_EXIT_OR_EVICT sends for the next start',
    rules: { onEvict: 'everything' },
    events: [...RUNNING, 'vacate', 'evicted', 'sent'],
    actions: [
      ...RAN,
      'tell-job soft-kill',
      'tell-end',
      'send everything for the next start',
      'report requeue',
    ],
  },
  {
    what: 'an eviction with TRANSFER_STDIO_ON_EVICT sends the streams for good',
    rules: { onEvict: 'streams' },
    events: [...RUNNING, 'vacate', 'evicted', 'sent'],
    actions: [...RAN, 'tell-job soft-kill', 'tell-end', 'send streams', 'report requeue'],
  },
  {
    what: 'a removal that wants the output sends it for good, whatever evictions do',
    rules: { onEvict: 'streams' },
    events: [...RUNNING, 'removal', 'evicted', 'sent'],
    actions: [...RAN, 'tell-job soft-kill', 'tell-end', 'send everything', 'report requeue'],
  },
  {
    what: 'a hard kill has no time to send',
    rules: { onEvict: 'everything' },
    events: [...RUNNING, 'vacate', 'fast', 'evicted'],
    actions: [...RAN, 'tell-job soft-kill', 'tell-job hard-kill', 'tell-end', 'report requeue'],
  },
  {
    what: 'a policy of the startd holds the job once it is dead',
    events: [...RUNNING, 'policy', 'evicted', 'reported'],
    actions: [...RAN, 'tell-job soft-kill', 'tell-end', 'report fault', 'stop-lease', 'leave 0'],
  },
  {
    what: 'a kill before the job is known ends it as soon as it is',
    events: ['vacate', 'prepared', 'reported'],
    actions: ['report not started', 'stop-lease', 'leave 0'],
  },
  {
    what: 'a kill while input comes stops the transfer',
    events: ['prepared', 'vacate', 'received'],
    actions: ['receive-input', 'stop-transfer', 'report not started'],
  },
  {
    what: 'a soft kill lets the output of a finished job go on',
    events: [...RUNNING, 'completed', 'vacate', 'sent'],
    actions: [...RAN, 'tell-end', 'send everything', 'report exited'],
  },
  {
    what: 'a hard kill stops it, and the job must run again',
    events: [...RUNNING, 'completed', 'fast', 'sent'],
    actions: [...RAN, 'tell-end', 'send everything', 'stop-transfer', 'report requeue'],
  },
  {
    what: 'a job outlives its shadow until another one comes',
    events: [...RUNNING, 'shadowLost', 'shadowBack', 'completed', 'sent'],
    actions: [...RAN, 'start-lease', 'stop-lease', 'tell-end', 'send everything', 'report exited'],
  },
  {
    what: 'a job that ends without a shadow waits for one with its output',
    events: [...RUNNING, 'shadowLost', 'completed', 'shadowBack', 'sent', 'reported'],
    actions: [
      ...RAN,
      'start-lease',
      'tell-end',
      'stop-lease',
      'send everything',
      'report exited',
      'stop-lease',
      'leave 0',
    ],
  },
  {
    what: 'a lease that runs out kills the job',
    events: [...RUNNING, 'shadowLost', 'leaseExpired', 'evicted'],
    actions: [...RAN, 'start-lease', 'tell-job hard-kill', 'stop-lease', 'leave 2'],
  },
  {
    what: 'a lease that runs out after the job ends the wait',
    events: [...RUNNING, 'shadowLost', 'completed', 'leaseExpired'],
    actions: [...RAN, 'start-lease', 'tell-end', 'stop-lease', 'leave 2'],
  },
  {
    what: 'a job without a lease dies with its shadow',
    rules: { lease: false },
    events: [...RUNNING, 'shadowLost', 'evicted'],
    actions: [...RAN, 'tell-job hard-kill', 'stop-lease', 'leave 2'],
  },
  {
    what: 'a shadow that goes while output is sent is waited for',
    events: [...RUNNING, 'completed', 'shadowLost', 'shadowBack', 'sent'],
    actions: [
      ...RAN,
      'tell-end',
      'send everything',
      'stop-transfer',
      'start-lease',
      'stop-lease',
      'send everything',
      'report exited',
    ],
  },
  {
    what: 'a report that nobody answered is made again',
    events: [...RUNNING, 'completed', 'sent', 'shadowLost', 'shadowBack', 'reported'],
    actions: [
      ...RAN,
      'tell-end',
      'send everything',
      'report exited',
      'start-lease',
      'stop-lease',
      'report exited',
      'stop-lease',
      'leave 0',
    ],
  },
  {
    what: 'a shadow that hangs up on a fault has heard it',
    events: ['unfit', 'shadowLost'],
    actions: ['report fault', 'stop-lease', 'leave 0'],
  },
  {
    what: 'a vacated job whose shadow is gone is left to the startd',
    events: [...RUNNING, 'vacate', 'shadowLost', 'evicted'],
    actions: [...RAN, 'tell-job soft-kill', 'tell-end', 'stop-lease', 'leave 0'],
  },
  {
    what: 'a startd that dies ends the job at once',
    events: [...RUNNING, 'startdLost', 'evicted'],
    actions: [...RAN, 'tell-job hard-kill', 'tell-end', 'report requeue'],
  },
  {
    what: 'a job that is suspended before it began begins when it may',
    events: ['prepared', 'suspend', 'received', 'continue'],
    actions: ['receive-input', 'launch'],
  },
  {
    what: 'suspension goes to the job and is told, once',
    events: [...RUNNING, 'suspend', 'suspend', 'continue', 'continue'],
    actions: [...RAN, 'tell-job suspend', 'tell-state', 'tell-job continue', 'tell-state'],
  },
  {
    what: 'a job whose init was killed goes back to the queue',
    events: [...RUNNING, 'lost'],
    actions: [...RAN, 'tell-end', 'report requeue'],
  },
];

describe('the life of an activation', () => {
  for (const { what, rules, events, actions } of ROWS) {
    test(what, () => {
      assert.deepEqual(play(events, rules)[1].map(name), actions);
    });
  }

  test(`output is sent ${OUTPUT_ATTEMPTS} times at most`, () => {
    const tries = Array.from({ length: OUTPUT_ATTEMPTS }, () => 'outputLater' as const);
    const [life, actions] = play([...RUNNING, 'completed', ...tries]);
    assert.equal(actions.filter((action) => action.do === 'send-output').length, OUTPUT_ATTEMPTS);
    assert.deepEqual(life.stage, { name: 'reporting', report: { how: 'requeue' } });
  });

  const words = fc.array(fc.constantFrom<Word>('prepared', ...(Object.keys(EVENTS) as Word[])));
  const someRules = fc.record({
    transfer: fc.boolean(),
    onEvict: fc.constantFrom<EvictTransfer>('nothing', 'everything', 'streams'),
    lease: fc.boolean(),
  });

  test('is left once, and nothing is done afterwards', () => {
    fc.assert(
      fc.property(words, someRules, (events, rules) => {
        const names = play(events, rules)[1].map((action) => action.do);
        const left = names.indexOf('leave');
        assert.ok(left < 0 || left === names.length - 1, names.join(', '));
      }),
    );
  });

  test('launches once at most, and never sends what never ran', () => {
    fc.assert(
      fc.property(words, someRules, (events, rules) => {
        const names = play(events, rules)[1].map((action) => action.do);
        const launched = names.indexOf('launch');
        assert.equal(names.lastIndexOf('launch'), launched);
        const sent = names.indexOf('send-output');
        assert.ok(sent < 0 || (launched >= 0 && launched < sent));
      }),
    );
  });

  test('always comes to an end once the startd is lost', () => {
    fc.assert(
      fc.property(words, someRules, (events, rules) => {
        const end: Word[] = ['startdLost', 'prepared', 'evicted', 'sent', 'reported', 'shadowLost'];
        assert.equal(play([...events, ...end], rules)[0].stage.name, 'ended');
      }),
    );
  });

  test('survives being written to disk', () => {
    fc.assert(
      fc.property(words, someRules, (events, rules) => {
        const [life] = play(events, rules);
        const read = JSON.parse(JSON.stringify(life)) as PoolLife;
        assert.deepEqual(
          stepPoolLife(read, EVENTS.fast).actions,
          stepPoolLife(life, EVENTS.fast).actions,
        );
      }),
    );
  });
});

describe('a shadow that wants to go on with a job', () => {
  const RUNNING = ['prepared', 'received'] as const;
  const CASES: readonly (readonly [string, readonly Word[], boolean, Partial<PoolRules>?])[] = [
    ['before there is one', [], false],
    ['whose input comes', ['prepared'], false],
    ['that runs', RUNNING, true],
    ['that runs, and its shadow is lost', [...RUNNING, 'shadowLost'], true],
    ['that runs and is being ended', [...RUNNING, 'vacate'], true],
    ['that has no lease', RUNNING, false, { lease: false }],
    ['whose lease is over', [...RUNNING, 'shadowLost', 'leaseExpired'], false],
    ['whose output goes back', [...RUNNING, 'completed'], true],
    ['whose output goes back in a hurry', [...RUNNING, 'completed', 'vacate'], false],
    ['whose end is being told', [...RUNNING, 'completed', 'sent'], true],
    ['that is given back', [...RUNNING, 'vacate', 'evicted'], false],
    ['whose end nobody has heard', [...RUNNING, 'shadowLost', 'completed'], true],
    ['that is gone', [...RUNNING, 'completed', 'sent', 'reported'], false],
  ];
  for (const [which, words, can, rules] of CASES) {
    test(`${can ? 'can' : 'cannot'}, where it is one ${which}`, () => {
      const [life] = play(words, rules);
      assert.equal(whyNoReconnect(life) === undefined, can);
    });
  }

  test('never ends the activation by its coming where it can', () => {
    const words = fc.constantFrom<Word>('prepared', ...(Object.keys(EVENTS) as Word[]));
    fc.assert(
      fc.property(fc.array(words, { maxLength: 20 }), (all) => {
        const [life] = play(all);
        if (whyNoReconnect(life) !== undefined) return;
        const { actions } = stepPoolLife(life, EVENTS.shadowLost);
        assert.ok(!actions.some((action) => action.do === 'leave'));
      }),
    );
  });
});
