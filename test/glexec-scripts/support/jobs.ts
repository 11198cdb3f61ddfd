/** Jobs of tests that run through condor_glexec_run. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { type OldRun, runOldStarter } from './old-starter';
import { Stage } from './stage';

/** A stage whose sandbox is the mapped user's. */
export async function stageOf(t: TestContext): Promise<Stage> {
  const stage = new Stage(t);
  const { status, stderr } = await stage.setup();
  assert.equal(`${status} ${stderr}`, '0 ');
  return stage;
}

/** Runs it, and gives what the job wrote to the file `out` beside what the caller saw. */
export async function run(stage: Stage, what: OldRun) {
  const seen = await runOldStarter(stage, what);
  return { ...seen, out: readFileSync(`${stage.sandbox}/out`, 'latin1') };
}
