/**
 * The result of a job of root in a directory that belongs to the job's account: the job may do there
 * what it likes while it runs.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { makeSite } from '../run/support/site';
import { shell } from '../run/support/ads';
import { runEyrie, runStarter } from '../support/eyrie';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { giveTo, JOB_UID, ROOT } from '../support/starters';
import { temporaryDirectory } from '../support/temporary';

const skip = skipIf(needsProduct() ?? needsRoot());

const PROGRAMS = [
  ['eyrie run', (config: string, result: string) => ['run', '-c', config, '--result', result, '-']],
  [
    'condor_starter',
    (config: string, result: string) => [
      ...['-f', '-t', '-config', config, '-job-cluster', '1', '-job-proc', '0'],
      ...['-job-input-ad', '-', '-job-output-ad', result],
    ],
  ],
] as const;

describe('the result of a job of root', { skip }, () => {
  for (const [name, args] of PROGRAMS) {
    test(`by ${name} goes where its directory was, not where a link leads now`, async (t) => {
      const site = makeSite(t, ROOT);
      const top = temporaryDirectory(t, { uid: JOB_UID });
      const target = temporaryDirectory(t);
      mkdirSync(`${top}/results`);
      giveTo(JOB_UID, `${top}/results`);
      const script = `mv results moved && ln -s ${target} results`;
      const ad = Object.entries({ ...shell(script), Iwd: top })
        .map(([key, value]) => `${key} = ${JSON.stringify(value)}\n`)
        .join('');
      const run = name === 'eyrie run' ? runEyrie : runStarter;
      const ended = await run(args(site.configFile, `${top}/results/result`), { input: ad });
      assert.equal(ended.status, 0, ended.stderr);
      assert.deepEqual(readdirSync(target), []);
      assert.ok(existsSync(`${top}/results`), 'the job has moved the directory');
      assert.match(readFileSync(`${top}/moved/result`, 'utf8'), /^ExitCode = 0$/m);
      assert.deepEqual(readdirSync(`${top}/moved`), ['result']);
    });
  }
});
