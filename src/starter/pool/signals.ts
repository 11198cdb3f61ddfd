/**
 * Unix signals to a starter in a pool, as events of its activation. The startd of 23.x asks for a
 * soft end with SIGTERM and for a hard one with SIGQUIT; that of 25.x sends a command and uses signals
 * where it cannot be delivered.
 *
 * `eyrie suspend` and `eyrie continue` send SIGUSR2 and SIGCONT.
 *
 * Source: the handlers that DaemonCore and Starter::Init of HTCondor's condor_starter register.
 */
import type { Logger } from '../../log';
import type { PoolEvent } from './life-types';

const EVENTS = {
  SIGTERM: { on: 'soft-kill', ending: { why: 'vacate' } },
  SIGINT: { on: 'soft-kill', ending: { why: 'vacate' } },
  SIGQUIT: { on: 'hard-kill', ending: { why: 'vacate' } },
  SIGUSR1: { on: 'soft-kill', ending: { why: 'remove' } },
  SIGUSR2: { on: 'suspend' },
  SIGCONT: { on: 'continue' },
} as const satisfies Partial<Record<NodeJS.Signals, PoolEvent>>;

/**
 * Takes the signals for good: a second SIGTERM comes after nearly every first one, and must not end
 * a starter that is cleaning up.
 */
export function takeSignals(log: Logger, post: (event: PoolEvent) => void): void {
  for (const [signal, event] of Object.entries(EVENTS)) {
    process.on(signal, () => {
      log.always(`Got ${signal}`);
      post(event);
    });
  }
  // A job keeps the configuration that it was started with.
  process.on('SIGHUP', () => log.always('Got SIGHUP: nothing is read again while a job runs'));
}
