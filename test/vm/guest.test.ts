/**
 * The tests that need the controllers of cgroup v2, in a guest that has them. Each test inside is a test
 * here.
 */
import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { type TestContext, describe, test } from 'node:test';
import { needsGuest, skipIf } from '../support/need';
import { TREE } from '../support/root';
import { type InnerTest, runGuest } from './guest';

/** Tells how a test ended inside, as a test of the same name. */
async function retell(t: TestContext, { name, outcome, reason }: InnerTest): Promise<void> {
  if (outcome === 'elsewhere') return;
  await t.test(name, () => {
    // It carries a stack of its own, in the guest.
    if (outcome !== 'pass') throw Object.assign(new Error(), { stack: `${outcome}: ${reason}` });
  });
}

describe("a guest with cgroup v2's controllers", { skip: skipIf(needsGuest()) }, () => {
  test('runs every test file that asks for it, and powers off', async (t) => {
    const asked = new Set<string>();
    const over = await runGuest(async ({ file, status, tests }) => {
      await t.test(file, async (inner) => {
        for (const each of tests) await retell(inner, each);
        assert.equal(status, 0, `node ended with status ${status}`);
        assert.ok(
          tests.some(({ outcome }) => outcome === 'pass'),
          'no test ran',
        );
      });
      asked.add(file);
    });
    const console = `the guest's console:\n${over.console}`;
    for (const each of over.tests) await retell(t, each);
    const missing = over.files.filter((file) => !asked.has(file));
    assert.deepEqual(missing, [], `these have not come to their end; ${console}`);
    assert.notEqual(over.seconds, undefined, console);
    assert.ok(over.files.length > 0, 'no test file asks for the guest');
  });
});

test('only test files themselves ask for controllers, where run.mjs looks for the question', () => {
  const asking = ['src', 'test'].flatMap((directory) =>
    readdirSync(path.join(TREE, directory), { recursive: true, encoding: 'utf8' })
      .map((name) => path.join(directory, name))
      .filter((name) => name.endsWith('.ts') && name !== 'test/support/need.ts')
      .filter((name) => /\bneedsControllers\b/.test(readFileSync(path.join(TREE, name), 'utf8'))),
  );
  assert.ok(asking.includes('test/kernel/controllers.test.ts'));
  assert.deepEqual(
    asking.filter((name) => !name.endsWith('.test.ts')),
    [],
  );
});
