import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { JobFault } from '../job/faults';
import type { JobExit } from '../kernel/launch-types';
import {
  beginLife,
  type Ending,
  type Life,
  type LifeAction,
  type LifeEvent,
  type LifeRules,
  stepLife,
} from './lifecycle';

const rules: LifeRules = { signals: { soft: 15, remove: 12, hold: 10 }, killTimeout: 30 };
const exit: JobExit = {
  code: 0,
  signal: undefined,
  coreDumped: false,
  usage: { userCpu: 1, systemCpu: 2, maxResident: 3, blocksIn: 4, blocksOut: 5 },
};
const fault: JobFault = { cause: 'cannotCreateProcess', subcode: 2, reason: 'no such file' };
const vacate: Ending = { why: 'vacate' };

/** Plays events on a new life; gives the life and every action in order. */
function play(events: readonly LifeEvent[], withRules = rules): [Life, LifeAction[]] {
  const actions: LifeAction[] = [];
  let life = beginLife(withRules);
  for (const event of events) {
    const step = stepLife(life, event);
    life = step.life;
    actions.push(...step.actions);
  }
  return [life, actions];
}

const STOP_TIMER: LifeAction = { do: 'stop-kill-timer' };

describe('the life of a job', () => {
  test('a job that ends by itself is completed', () => {
    const [life] = play([{ on: 'started' }, { on: 'exited', exit }]);
    assert.deepEqual(life.phase, { name: 'ended', outcome: { kind: 'completed', exit } });
  });

  test('a job whose launch fails is held with the fault and never ran', () => {
    const [life] = play([{ on: 'launch-failed', fault }]);
    assert.deepEqual(life.phase, {
      name: 'ended',
      outcome: { kind: 'held', fault, exit: undefined },
    });
  });

  const softKills: [Ending, number][] = [
    [{ why: 'vacate' }, 15],
    [{ why: 'remove' }, 12],
    [{ why: 'hold', fault }, 10],
  ];
  for (const [ending, signal] of softKills) {
    test(`a soft kill to ${ending.why} sends signal ${signal} and starts the timer`, () => {
      const [life, actions] = play([{ on: 'started' }, { on: 'soft-kill', ending }]);
      assert.deepEqual(life.phase, { name: 'stopping', ending });
      assert.deepEqual(actions, [
        { do: 'signal-job', signal },
        { do: 'start-kill-timer', seconds: 30 },
      ]);
    });
  }

  test('no timer runs where somebody else escalates', () => {
    const [, actions] = play([{ on: 'started' }, { on: 'soft-kill', ending: vacate }], {
      ...rules,
      killTimeout: undefined,
    });
    assert.deepEqual(actions, [{ do: 'signal-job', signal: 15 }]);
  });

  test('the whole family is killed when the time of a soft kill runs out', () => {
    const [life, actions] = play([
      { on: 'started' },
      { on: 'soft-kill', ending: vacate },
      { on: 'kill-timeout' },
    ]);
    assert.equal(life.phase.name, 'killing');
    assert.deepEqual(actions.slice(2), [STOP_TIMER, { do: 'signal-family', signal: 9 }]);
  });

  test('a suspended job is continued before it is told to end', () => {
    const [, actions] = play([
      { on: 'started' },
      { on: 'suspend' },
      { on: 'soft-kill', ending: vacate },
    ]);
    assert.deepEqual(actions.slice(0, 3), [
      { do: 'signal-family', signal: 19 },
      { do: 'signal-family', signal: 18 },
      { do: 'signal-job', signal: 15 },
    ]);
  });

  test('a second suspend and a continue of a running job do nothing', () => {
    const [, actions] = play([
      { on: 'started' },
      { on: 'continue' },
      { on: 'suspend' },
      { on: 'suspend' },
    ]);
    assert.deepEqual(actions, [{ do: 'signal-family', signal: 19 }]);
  });

  test('a soft kill that comes before the start was heard of waits for it, and its time runs', () => {
    const [, actions] = play([
      { on: 'soft-kill', ending: vacate },
      { on: 'soft-kill', ending: { why: 'remove' } },
      { on: 'started' },
    ]);
    assert.deepEqual(actions, [
      { do: 'start-kill-timer', seconds: 30 },
      { do: 'signal-job', signal: 15 },
    ]);
  });

  test('a launch that fails because it was killed is no fault of the job', () => {
    const [life] = play([
      { on: 'hard-kill', ending: vacate },
      { on: 'launch-failed', fault },
    ]);
    assert.equal(life.phase.name === 'ended' && life.phase.outcome.kind, 'lost');
  });

  test('a job that is suspended before its start was heard of stands still from then on', () => {
    const [life, actions] = play([{ on: 'suspend' }, { on: 'started' }]);
    assert.deepEqual(life.phase, { name: 'running', suspended: true });
    assert.deepEqual(actions, [{ do: 'signal-family', signal: 19 }]);
    const [other] = play([{ on: 'suspend' }, { on: 'continue' }, { on: 'started' }]);
    assert.deepEqual(other.phase, { name: 'running', suspended: false });
  });

  for (const event of [
    { on: 'kill-timeout' },
    { on: 'hard-kill', ending: vacate },
  ] as const satisfies readonly LifeEvent[]) {
    test(`a launch that hangs after a soft kill is ended by ${event.on}`, () => {
      const [life, actions] = play([{ on: 'soft-kill', ending: vacate }, event]);
      assert.equal(life.phase.name, 'killing');
      assert.deepEqual(actions.slice(1), [STOP_TIMER, { do: 'signal-family', signal: 9 }]);
    });
  }

  test('a launch that fails after a soft kill is held all the same', () => {
    const [life] = play([
      { on: 'soft-kill', ending: vacate },
      { on: 'launch-failed', fault },
    ]);
    assert.equal(life.phase.name === 'ended' && life.phase.outcome.kind, 'held');
  });

  test('a job that is held while it runs ends as held, with how it ended', () => {
    const [life] = play([
      { on: 'started' },
      { on: 'soft-kill', ending: { why: 'hold', fault } },
      { on: 'exited', exit },
    ]);
    assert.deepEqual(life.phase, { name: 'ended', outcome: { kind: 'held', fault, exit } });
  });

  test('an init that is lost ends the life with its reason', () => {
    const [life] = play([{ on: 'started' }, { on: 'lost', reason: 'killed' }]);
    assert.deepEqual(life.phase, {
      name: 'ended',
      outcome: { kind: 'lost', reason: 'killed' },
    });
  });
});

describe('any sequence of events', () => {
  const anyEvent = fc.constantFrom<LifeEvent>(
    { on: 'started' },
    { on: 'launch-failed', fault },
    { on: 'exited', exit },
    { on: 'lost', reason: 'gone' },
    { on: 'soft-kill', ending: vacate },
    { on: 'hard-kill', ending: { why: 'remove' } },
    { on: 'kill-timeout' },
    { on: 'suspend' },
    { on: 'continue' },
  );

  test('an ended life stays as it is', () => {
    fc.assert(
      fc.property(fc.array(anyEvent), fc.array(anyEvent), (before, after) => {
        const [life] = play([...before, { on: 'lost', reason: 'end' }]);
        for (const event of after) {
          assert.deepEqual(stepLife(life, event), { life, actions: [] });
        }
      }),
    );
  });

  test('a hard kill of a job that has not ended always reaches its family', () => {
    fc.assert(
      fc.property(fc.array(anyEvent), (events) => {
        const [life, actions] = play([...events, { on: 'hard-kill', ending: vacate }]);
        const killed = actions.some((a) => a.do === 'signal-family' && a.signal === 9);
        assert.ok(killed || life.phase.name === 'ended');
      }),
    );
  });

  test('a life survives being written to disk', () => {
    fc.assert(
      fc.property(fc.array(anyEvent), (events) => {
        const [life] = play(events);
        const read = JSON.parse(JSON.stringify(life)) as Life;
        const after: LifeEvent = { on: 'hard-kill', ending: vacate };
        assert.deepEqual(stepLife(read, after).actions, stepLife(life, after).actions);
      }),
    );
  });
});
