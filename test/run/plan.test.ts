/**
 * `eyrie plan`, which is `eyrie run --dry-run`: what would be done, told to a person or a program,
 * without rights and without a trace.
 */
import assert from 'node:assert/strict';
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import type { LaunchPlan } from '../../src/job/plan';
import { runCommand } from '../support/command';
import { program } from '../support/eyrie';
import { needsProduct, skipIf } from '../support/need';
import { STARTERS } from '../support/starters';
import { type Ad, newSyntax, shell } from './support/ads';
import { makeSite, type Site } from './support/site';

const skip = skipIf(needsProduct());

/** Everything below a site by name: a trace would be one more. */
const everything = (site: Site): readonly string[] =>
  readdirSync(site.directory, { recursive: true }).map(String).sort();

/** Runs one of the commands that plan. */
async function plan(site: Site, words: readonly string[], ad: Ad) {
  const file = path.join(site.directory, 'job.ad');
  writeFileSync(file, newSyntax({ Iwd: site.iwd, ...ad }));
  const before = everything(site);
  const [command, ...options] = words;
  const { uid } = site.starter;
  const run = await runCommand(
    [program('eyrie'), command ?? '', '-c', site.configFile, ...options, file],
    uid === process.geteuid?.() ? {} : { uid },
  );
  assert.deepEqual(everything(site), before);
  return run;
}

for (const starter of STARTERS) {
  describe(`eyrie plan, started by ${starter.name}`, { skip, concurrency: 2 }, () => {
    test('tells a person, step by step, and leaves no trace', async (t) => {
      const site = makeSite(t, starter);
      const { stdout, status, stderr } = await plan(site, ['plan'], shell('echo ran'));
      assert.equal(status, 0, stderr);
      assert.doesNotMatch(stdout, /^ran$/m);
      assert.match(stdout, /^namespaces {3}(user, )?mount, pid$/m);
      assert.match(stdout, /^identity {5}uid 65534, gid 65534/m);
      assert.match(stdout, /^eyrie-init: \d+ setup steps$/m);
      assert.match(stdout, /^ +\d+ {2}mount a proc on \/proc {2}\[nosuid,nodev,noexec\]$/m);
      assert.match(stdout, /^ +\d+ {2}take the job's ids$/m);
      assert.match(stdout, /^ +\d+ {2}execute \/bin\/sh {2}\[-c 'echo ran'\]$/m);
      assert.match(stdout, /^ {2}BATCH_SYSTEM=HTCondor$/m);
    });

    test('tells a program the same as JSON', async (t) => {
      const site = makeSite(t, starter);
      const { stdout } = await plan(site, ['plan', '--json'], shell('echo ran'));
      const planned = JSON.parse(stdout) as { plan: LaunchPlan; notes: string[] };
      assert.ok(planned.plan.namespaces.includes('pid'));
      const last = planned.plan.job.at(-1);
      assert.ok(last?.op === 'exec');
      assert.deepEqual(last.argv, ['/bin/sh', '-c', 'echo ran']);
      assert.ok(planned.plan.job.some(({ op }) => op === 'ids'));
      assert.ok(planned.notes.every((note) => typeof note === 'string'));
    });

    test('is eyrie run --dry-run', async (t) => {
      const site = makeSite(t, starter);
      for (const form of [[], ['--json']]) {
        const planned = await plan(site, ['plan', ...form], shell('echo ran'));
        const dry = await plan(site, ['run', '--dry-run', ...form], shell('echo ran'));
        // Pid, time and random number of the starter are in the plan.
        const general = (text: string) =>
          text
            .replace(/dir_\d+/g, 'dir_PID')
            .replace(/(_slot1@[^\s";]*_)\d+/g, '$1PID')
            .replace(/_ANCESTOR_\d+=[\d:]+/g, '_ANCESTOR')
            .replace(/(STARTER_PID=)\d+/g, '$1PID');
        assert.equal(general(dry.stdout), general(planned.stdout));
        assert.equal(dry.status, 0);
      }
    });

    test('of a job that could not run exits with 125 and says why', async (t) => {
      const site = makeSite(t, starter);
      const none = await plan(site, ['plan'], {});
      assert.equal(none.status, 125);
      assert.match(none.stderr, /^eyrie plan: .*Cmd is missing/);
      assert.equal(none.stdout, '');
      const dry = await plan(site, ['run', '--dry-run'], {
        Cmd: '/bin/true',
        RequestedChroot: 'x',
      });
      assert.equal(dry.status, 125);
      assert.match(dry.stderr, /RequestedChroot names "x", which is no chroot here/);
    });

    test('writes no result', async (t) => {
      const site = makeSite(t, starter);
      const { status } = await plan(
        site,
        ['run', '--dry-run', '--result', path.join(site.directory, 'result')],
        shell('exit 0'),
      );
      assert.notEqual(status, undefined);
    });

    test('plans what run then does: the mounts that the job sees are those of the plan', async (t) => {
      const site = makeSite(t, starter);
      const { stdout } = await plan(site, ['plan', '--json'], { Cmd: '/bin/cat' });
      const { setup } = (JSON.parse(stdout) as { plan: LaunchPlan }).plan;
      const planned = setup.flatMap((step) =>
        ['bind', 'tmpfs', 'proc'].includes(step.op) && 'target' in step ? [step.target] : [],
      );
      const seen = await site.run({ Cmd: '/bin/cat', Arguments: '/proc/self/mountinfo' });
      const places = seen.stdout.split('\n').map((line) => line.split(' ')[4] ?? '');
      for (const place of planned) {
        assert.ok(
          places.some((each) => each.replace(/dir_\d+/, '') === place.replace(/dir_\d+/, '')),
          `nothing is mounted on ${place}: ${places.join(' ')}`,
        );
      }
      assert.ok(planned.length >= 5, planned.join(' '));
    });
  });
}
