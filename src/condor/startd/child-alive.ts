/**
 * "I am alive", told to the startd over and over. The startd takes a starter for hung, and kills it,
 * that has told once and then does not for as long as it said.
 *
 * Source: DaemonKeepAlive of condor_daemon_core.V6 (daemon_keep_alive.cpp), ChildAliveMsg of
 * condor_daemon_client.
 */
import type { Result } from '../../result';
import type { CedarConnection, WireError } from '../cedar/types';

/** When to tell; all in seconds. */
export interface ChildAlivePlan {
  /** After this long we may be called hung. */
  readonly timeout: number;
  /** From the start to the first message. */
  readonly firstDelay: number;
  /** From one message to the next. */
  readonly period: number;
  /** From a message that could not be sent to the next try. */
  readonly retry: number;
}

/** Seconds that a message may be late: the period is a third of the timeout less this. */
const MARGIN = 30;
/** Node's timers take 31 bits of milliseconds; more would be no time at all. */
const LONGEST_DELAY = 2 ** 31 - 1;
const LONGEST_RETRY = 60;

/**
 * Makes the plan.
 *
 * @param timeout the knob STARTER_NOT_RESPONDING_TIMEOUT, seconds
 * @param firstDelay the knob STARTER_FIRST_CHILDALIVE_DELAY, seconds
 */
export function childAlivePlan(timeout: number, firstDelay: number): ChildAlivePlan {
  const period = Math.max(1, Math.trunc(timeout / 3) - MARGIN);
  const retry = Math.max(1, Math.min(LONGEST_RETRY, Math.trunc(period / 3)));
  return { timeout, firstDelay, period, retry };
}

/** What the sender needs. */
export interface ChildAliveInput {
  readonly plan: ChildAlivePlan;
  /** This process's id, by which the startd knows it. */
  readonly pid: number;
  /** Connects to the startd with the command DC_CHILDALIVE and the parent's session. */
  readonly connect: () => Promise<Result<CedarConnection, WireError>>;
  /** A message that could not be sent, for the log. */
  readonly onTrouble: (error: WireError) => void;
}

/**
 * Begins to tell. Timers of it do not keep the process alive.
 *
 * @returns a function that ends it
 */
export function startChildAlive(input: ChildAliveInput): () => void {
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;
  const tellIn = (seconds: number): void => {
    timer = setTimeout(() => void tell(), Math.min(seconds * 1000, LONGEST_DELAY)).unref();
  };
  const tell = async (): Promise<void> => {
    const told = await sendChildAlive(input);
    if (isOver) return;
    if (!told.ok) input.onTrouble(told.error);
    tellIn(told.ok ? input.plan.period : input.plan.retry);
  };
  tellIn(input.plan.firstDelay);
  return () => {
    isOver = true;
    clearTimeout(timer);
  };
}

/** Tells once, over a connection of its own. Nothing comes back. */
export async function sendChildAlive({
  connect,
  pid,
  plan,
}: Pick<ChildAliveInput, 'connect' | 'pid' | 'plan'>): Promise<Result<void, WireError>> {
  const connection = await connect();
  if (!connection.ok) return connection;
  // Last, the share of time spent waiting for the log's lock: we wait for none.
  const sent = await connection.value.send((message) =>
    message.int(pid).int(plan.timeout).double(0),
  );
  connection.value.close();
  return sent;
}
