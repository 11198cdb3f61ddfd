import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { withoutFacts } from './guard';

describe('while modules are loaded for a start-up snapshot', () => {
  const LOOKS: Readonly<Record<string, () => unknown>> = {
    pid: () => process.pid,
    'cwd()': () => process.cwd(),
    'geteuid()': () => process.geteuid?.(),
    'env.HOME': () => process.env.HOME,
    stdout: () => process.stdout,
  };

  for (const [fact, look] of Object.entries(LOOKS)) {
    test(`nobody may look at process.${fact}, and afterwards everybody may again`, async () => {
      const before = look();
      const looking = withoutFacts(() => Promise.resolve().then(() => void look()));
      await assert.rejects(looking, {
        message: new RegExp(`^process\\.${fact.replace('()', '\\(\\)')} is`),
      });
      assert.equal(look(), before);
    });
  }

  test('a function that was kept works afterwards', async () => {
    let kept = (): unknown => undefined;
    await withoutFacts(async () => {
      await Promise.resolve();
      // eslint-disable-next-line @typescript-eslint/unbound-method -- as yargs-parser does
      kept = process.cwd;
    });
    assert.equal(kept(), process.cwd());
  });
});
