/** How a starter ends, whatever its shadow or its startd does, and that nothing is left of it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CallName } from '../../src/condor/shadow/calls';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { type PlayedPool, playPool, type PoolScript } from './support/pool';
import type { Reaction, Reactions } from './support/shadow';

const skip = skipIf(needsRoot() ?? needsProduct());

/** A program that runs until it is told to end, and says so. */
const LONG = '#!/bin/sh\ntouch runs\nexec sleep 60\n';
const QUICK = '#!/bin/sh\nexit 0\n';

/** Statuses of EXIT_STATUS. */
const NORMAL = 0;
const LOST = 2;

/** The shadow does something else at a call than to answer. */
function at(name: CallName, reaction: Reaction): Pick<PoolScript, 'reactions'> {
  return { reactions: (call) => (call.name === name ? reaction : 'answer') };
}

function lease(seconds: number): Pick<PoolScript, 'job'> {
  return { job: { JobLeaseDuration: String(seconds) } };
}

interface Case {
  readonly name: string;
  readonly script: PoolScript;
  /** What is done to it. */
  readonly act?: (pool: PlayedPool) => Promise<void>;
  readonly status: number;
  /** The last calls. */
  readonly last: readonly CallName[];
}

const BEFORE_INPUT: readonly CallName[] = [
  'getJobInfo',
  'registerStarterInfo',
  'getSecuritySessions',
];
const TO_REGISTERED = [...BEFORE_INPUT, 'registerJobInfo'] as const;
const TO_BEGUN = [...TO_REGISTERED, 'getUserInfo', 'beginExecution'] as const;
const TO_END = [...TO_BEGUN, 'eventNotification', 'registerJobInfo'] as const;

const SHADOW_GONE: readonly Case[] = [
  ...BEFORE_INPUT.map((name, index) => ({
    name: `in place of its answer to ${name}`,
    script: at(name, 'close'),
    status: LOST,
    last: BEFORE_INPUT.slice(0, index + 1),
  })),
  ...BEFORE_INPUT.map((name, index) => ({
    name: `behind its answer to ${name}`,
    script: at(name, 'answer and close'),
    status: LOST,
    last: BEFORE_INPUT.slice(0, index + 1),
  })),
  {
    name: 'while it sends the input',
    script: { input: stalled },
    act: async (pool) => {
      await untilTransfer(pool);
      pool.shadow.connection?.destroy();
    },
    status: LOST,
    last: TO_REGISTERED,
  },
  {
    name: 'when the job is to begin, without a lease',
    script: { program: LONG, ...at('beginExecution', 'close') },
    status: LOST,
    last: TO_BEGUN,
  },
  {
    name: 'when the job is to begin, with a lease',
    script: { program: LONG, ...at('beginExecution', 'close'), ...lease(1) },
    status: LOST,
    last: TO_BEGUN,
  },
  {
    name: 'while the job runs, without a lease',
    script: { program: LONG },
    act: loseWhileRunning,
    status: LOST,
    last: TO_BEGUN,
  },
  {
    name: 'while the job runs, until the lease is over',
    script: { program: LONG, ...lease(1) },
    act: loseWhileRunning,
    status: LOST,
    last: TO_BEGUN,
  },
  {
    name: 'while it takes the output, without a lease',
    script: { program: QUICK, output: stalled },
    act: loseWhileSending,
    status: NORMAL,
    last: TO_END,
  },
  {
    name: 'while it takes the output, until the lease is over',
    script: { program: QUICK, output: stalled, ...lease(1) },
    act: loseWhileSending,
    status: LOST,
    last: TO_END,
  },
  {
    name: 'in place of its answer to jobExit, without a lease',
    script: { program: QUICK, ...at('jobExit', 'close') },
    status: NORMAL,
    last: [...TO_END, 'jobExit'],
  },
  {
    name: 'in place of its answer to jobExit, until the lease is over',
    script: { program: QUICK, ...at('jobExit', 'close'), ...lease(1) },
    status: LOST,
    last: [...TO_END, 'jobExit'],
  },
];

async function stalled(): Promise<void> {
  await new Promise(() => undefined);
}

async function untilTransfer(pool: PlayedPool, count = 1): Promise<void> {
  while (pool.transfers.length < count) await new Promise((resolve) => setTimeout(resolve, 10));
}

async function loseWhileRunning(pool: PlayedPool): Promise<void> {
  await pool.running();
  pool.shadow.connection?.destroy();
}

async function loseWhileSending(pool: PlayedPool): Promise<void> {
  await untilTransfer(pool, 2);
  await pool.called('registerJobInfo', 2);
  pool.shadow.connection?.destroy();
}

describe('a starter whose shadow is gone', { skip, concurrency: 4 }, () => {
  for (const { name, script, act, status, last } of SHADOW_GONE) {
    test(name, async (t) => {
      const pool = await playPool(t, script);
      await act?.(pool);
      const end = await pool.end();
      assert.deepEqual(end, { status, signal: null }, pool.starterLog());
      assert.deepEqual(pool.shadow.names, last);
      await pool.leavesNothing();
    });
  }
});

const STARTD_OR_SIGNAL: readonly {
  readonly name: string;
  readonly act: (pool: PlayedPool) => Promise<void> | void;
}[] = [
  { name: 'SIGTERM', act: (pool) => void pool.child.kill('SIGTERM') },
  { name: 'SIGQUIT', act: (pool) => void pool.child.kill('SIGQUIT') },
  {
    name: 'SIGTERM and SIGQUIT',
    act: (pool) => {
      pool.child.kill('SIGTERM');
      pool.child.kill('SIGQUIT');
    },
  },
  { name: 'SIGUSR1', act: (pool) => void pool.child.kill('SIGUSR1') },
  { name: '1500, softly', act: (pool) => pool.vacate() },
  { name: '1500, at once', act: (pool) => pool.vacate(1009, false) },
  { name: '1500 with a policy', act: (pool) => pool.vacate(21, true, 'too long') },
  { name: '60000 with 102', act: (pool) => pool.raise(102) },
  { name: '60000 with 103', act: (pool) => pool.raise(103) },
  { name: "the end of its startd's connection", act: (pool) => pool.closeStartd() },
];

const STEPS: readonly {
  readonly name: string;
  readonly script: PoolScript;
  readonly reach: (pool: PlayedPool) => Promise<void>;
  readonly last: readonly CallName[];
  /** EXIT_REASONS: 107 shouldRequeue, 108 notStarted. */
  readonly reason: number;
}[] = [
  {
    name: 'before its shadow gives the job',
    script: { reactions: slowly('getJobInfo') },
    reach: (pool) => pool.called('getJobInfo'),
    last: [...TO_REGISTERED, 'jobExit'],
    reason: 108,
  },
  {
    name: 'before its shadow gives the keys',
    script: { reactions: slowly('getSecuritySessions') },
    reach: (pool) => pool.called('getSecuritySessions'),
    last: [...TO_REGISTERED, 'jobExit'],
    reason: 108,
  },
  {
    name: 'while it receives input that stalls',
    script: { input: stalled },
    reach: (pool) => untilTransfer(pool),
    last: [...TO_REGISTERED, 'jobExit'],
    reason: 108,
  },
  {
    name: 'before the job begins',
    script: { program: LONG, reactions: slowly('beginExecution') },
    reach: (pool) => pool.called('beginExecution'),
    last: [...TO_END, 'jobExit'],
    reason: 107,
  },
  {
    name: 'while the job runs',
    script: { program: LONG },
    reach: (pool) => pool.running(),
    last: [...TO_END, 'jobExit'],
    reason: 107,
  },
];

describe('a starter that is to end at once', { skip, concurrency: 4 }, () => {
  for (const { name, act } of STARTD_OR_SIGNAL.filter((one) =>
    /QUIT|once|103|startd/.test(one.name),
  )) {
    test(`by ${name} while the output stalls`, async (t) => {
      const pool = await playPool(t, { program: QUICK, output: stalled });
      await untilTransfer(pool, 2);
      await act(pool);
      assert.deepEqual(await pool.end(), { status: NORMAL, signal: null }, pool.starterLog());
      assert.equal(pool.shadow.last('jobExit')?.values[1], 107);
      await pool.leavesNothing();
    });

    // The connection to the startd has ended with the final update by then.
    if (name.includes('startd')) continue;

    test(`by ${name} where nobody hears of the job's end`, async (t) => {
      const reactions = at('jobExit', 'close');
      const pool = await playPool(t, { program: QUICK, ...reactions, ...lease(60) });
      await pool.logged(/the activation is stranded/);
      await act(pool);
      assert.deepEqual(await pool.end(), { status: NORMAL, signal: null }, pool.starterLog());
      await pool.leavesNothing();
    });
  }
});

function slowly(name: CallName): Reactions {
  return async (call): Promise<Reaction> => {
    if (call.name === name) await new Promise((resolve) => setTimeout(resolve, 500));
    return 'answer';
  };
}

describe('a starter that is to end', { skip, concurrency: 4 }, () => {
  for (const step of STEPS) {
    for (const { name, act } of STARTD_OR_SIGNAL) {
      test(`by ${name} ${step.name}`, async (t) => {
        const pool = await playPool(t, step.script);
        await step.reach(pool);
        await act(pool);
        const end = await pool.end();
        assert.deepEqual(end, { status: NORMAL, signal: null }, pool.starterLog());
        const isPolicy = name.includes('policy');
        const told = pool.shadow.names;
        assert.ok(told.includes('beginExecution') === step.last.includes('beginExecution'));
        assert.equal(told.at(-1), isPolicy ? 'logEvent' : 'jobExit', told.join());
        if (!isPolicy) assert.equal(pool.shadow.last('jobExit')?.values[1], step.reason);
        if (!name.includes('startd')) assert.equal(pool.updates.at(-1)?.kind, 1);
        await pool.leavesNothing();
      });
    }
  }
});
