/**
 * A job whose main process is traced: by one of its own, or by somebody else. The kernel gives a dead
 * process to its tracer before its parent: ptrace(2).
 */
import assert from 'node:assert/strict';
import { copyFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { startCommand } from '../support/command';
import { compiled } from '../support/compiled';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { ORDINARY_USER, ROOT } from '../support/starters';
import { type Ad, shell } from './support/ads';
import { makeSite, type Site } from './support/site';

const skip = skipIf(needsProduct()) || skipIf(needsRoot());

/** Puts the tracer into a site: it traces a process and keeps it when it is dead. */
function makeTracer(site: Site): { readonly tracer: string; readonly held: string } {
  const tracer = path.join(site.iwd, 'tracer');
  copyFileSync(compiled('payload'), tracer);
  return { tracer, held: path.join(site.iwd, 'held') };
}

/** A shell that says its pid, waits until it is traced, and exits with 7. */
function victim(held: string, first = ''): Ad {
  return shell(`${first} echo $$ ready; until test -e ${held}; do :; done; exit 7`);
}

describe('a job’s end', { skip, concurrency: 2 }, () => {
  for (const [starter, pidNamespaces] of [
    [ROOT, 'true'],
    [ROOT, 'false'],
    [ORDINARY_USER, 'true'],
  ] as const) {
    test(`is the end of its main process, traced by its own child, for ${starter.name} with USE_PID_NAMESPACES = ${pidNamespaces}`, async (t) => {
      const site = makeSite(t, starter);
      const { tracer, held } = makeTracer(site);
      const { status, stdout, stderr } = await site.run(
        victim(held, `${tracer} hold $$ ${held} &`),
        { knobs: { USE_PID_NAMESPACES: pidNamespaces }, timeout: 30 },
      );
      assert.match(stdout, /^seize: ok$/m);
      assert.equal(status, 7, stderr);
    });
  }

  for (const [who, options] of [
    ['root', {}],
    ['its own account', { uid: 65_534 }],
  ] as const) {
    test(`is not held up by a tracer of ${who} from outside, without a PID namespace`, async (t) => {
      const site = makeSite(t, ROOT);
      const { tracer, held } = makeTracer(site);
      const running = site.start(victim(held), {
        knobs: { USE_PID_NAMESPACES: 'false' },
        timeout: 30,
      });
      await running.said('ready');
      const holding = startCommand([tracer, 'hold', running.stdout(), held], options);
      t.after(async () => {
        holding.process.kill('SIGKILL');
        await holding.ended;
      });
      const { status, stderr, result } = await running.ended;
      assert.match(holding.stdout(), /^seize: ok$/m);
      assert.equal(status, 7, stderr);
      assert.equal(result.ExitCode, 7);
      assert.deepEqual(site.sandboxes(), []);
    });
  }
});
