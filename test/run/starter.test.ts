/**
 * `condor_starter` with a job whose ad is on disk: what HTCondor's own does with these options.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { asUser, type CommandOptions, startCommand } from '../support/command';
import { program } from '../support/eyrie';
import { needsProduct, skipIf } from '../support/need';
import { type Starter, STARTERS } from '../support/starters';
import { waitUntil } from '../support/wait';
import { type Ad, newSyntax, oldSyntax, readResultAd, shell } from './support/ads';
import { makeSite, type Site, type TestEnd } from './support/site';

const skip = skipIf(needsProduct());

/** A site, and its condor_starter. */
interface StarterSite extends Omit<Site, 'run' | 'start'> {
  /** A directory that the starter can write. */
  readonly state: string;
  /** Writes a job's ad, and gives its path. */
  ad(ad: Ad): string;
  start(args: readonly string[], more?: CommandOptions): ReturnType<typeof startCommand>;
  run(args: readonly string[], more?: CommandOptions): ReturnType<typeof startCommand>['ended'];
  /** The ad at a path in `state`. */
  output(name: string): ReturnType<typeof readResultAd>;
}

function makeStarterSite(t: TestEnd, starter: Starter): StarterSite {
  const site = makeSite(t, starter);
  const state = path.dirname(site.execute);
  const start = (args: readonly string[], more: CommandOptions = {}) => {
    const command = [program('condor_starter'), '-c', site.configFile, ...args];
    const isOther = starter.uid !== process.geteuid?.();
    return startCommand(isOther ? asUser(starter.uid, command) : command, { cwd: state, ...more });
  };
  return {
    ...site,
    state,
    start,
    ad(ad) {
      const file = path.join(site.directory, 'job.ad');
      writeFileSync(file, newSyntax({ Iwd: site.iwd, ...ad }));
      return file;
    },
    async run(args, more) {
      const ended = await start(args, more).ended;
      assert.deepEqual(existsSync(site.execute) ? readdirSync(site.execute) : [], []);
      return ended;
    },
    output: (name) => readResultAd(readFileSync(path.join(state, name), 'utf8')),
  };
}

for (const starter of STARTERS) {
  describe(
    `condor_starter -job-input-ad, started by ${starter.name}`,
    { skip, concurrency: 2 },
    () => {
      test('runs the job and writes its final ad; its own status tells that it ran', async (t) => {
        const site = makeStarterSite(t, starter);
        const ad = site.ad({ ...shell('exit 3'), ClusterId: 1, ProcId: 1 });
        const { status, stdout, stderr } = await site.run([
          ...['-f', '-t', '-job-input-ad', ad, '-job-output-ad', 'out.ad'],
          ...['-job-cluster', '12', '-job-proc', '4'],
        ]);
        assert.equal(status, 0, stderr);
        assert.equal(stdout, '');
        const { ClusterId, ProcId, ExitBySignal, ExitCode, JobState } = site.output('out.ad');
        assert.deepEqual([ClusterId, ProcId], [12, 4]);
        assert.deepEqual([ExitBySignal, ExitCode, JobState], [false, 3, 'Exited']);
        assert.match(stderr, /^[0-9/]{8} [0-9:]{8} .*Eyrie/);
      });

      test('takes the ad from standard input and gives the final one on standard output', async (t) => {
        const site = makeStarterSite(t, starter);
        const { status, stdout } = await site.run(
          ['-f', '-job-input-ad', '-', '-job-output-ad', '-'],
          { input: oldSyntax({ ...shell('echo lost; kill -9 $$'), Iwd: site.iwd }) },
        );
        assert.equal(status, 0);
        const { ClusterId, ProcId, ExitBySignal, ExitSignal } = readResultAd(stdout);
        assert.deepEqual([ClusterId, ProcId], [1, 0]);
        assert.deepEqual([ExitBySignal, ExitSignal], [true, 9]);
      });

      test('takes options in HTCondor’s short forms', async (t) => {
        const site = makeStarterSite(t, starter);
        const ad = site.ad(shell('exit 3'));
        await site.run(['-f', '-job-i', ad, '-job-o', 'out.ad', '-job-c', '5', '-job-p', '6']);
        const { ClusterId, ProcId, ExitCode } = site.output('out.ad');
        assert.deepEqual([ClusterId, ProcId, ExitCode], [5, 6, 3]);
      });

      test('drops the output that the ad names no file for', async (t) => {
        const site = makeStarterSite(t, starter);
        const { stdout, stderr } = await site.run(
          ['-f', '-job-input-ad', site.ad(shell('cat; echo out; echo err >&2'))],
          { input: 'the starter’s' },
        );
        assert.equal(stdout + stderr, '');
      });

      test('puts the streams of the command line over those of the ad', async (t) => {
        const site = makeStarterSite(t, starter);
        writeFileSync(path.join(site.directory, 'in'), 'line\n');
        const ad = site.ad({
          ...shell('cat; echo err >&2'),
          In: '/no/such',
          Out: '/no/such',
          Err: 'e',
        });
        const { status } = await site.run([
          ...['-f', '-job-input-ad', ad, '-job-stdin', '../in'],
          ...['-job-stdout', path.join(site.iwd, 'out')],
        ]);
        assert.equal(status, 0);
        assert.equal(readFileSync(path.join(site.iwd, 'out'), 'utf8'), 'line\n');
        assert.equal(readFileSync(path.join(site.iwd, 'e'), 'utf8'), 'err\n');
      });

      test('gives the job its own streams where it is told "-"', async (t) => {
        const site = makeStarterSite(t, starter);
        const { stdout, stderr } = await site.run(
          [
            ...['-f', '-job-input-ad', site.ad({ ...shell('cat; echo err >&2'), Out: '/no/such' })],
            ...['-job-stdin', '-', '-job-stdout', '-', '-job-stderr', '-'],
          ],
          { input: 'line\n' },
        );
        assert.equal(stdout, 'line\n');
        assert.equal(stderr, 'err\n');
      });

      for (const [what, ad, words, code] of [
        ['the job cannot be executed', { Cmd: '/no/such/program' }, /No such file/, 6],
        ['a file cannot be opened', { ...shell('exit 0'), In: '/no/such' }, /as stdin/, 8],
        ['the ad is wrong', { Cmd: 17 }, /Cmd is 17/, 6],
      ] as const) {
        test(`exits with 1 where ${what}, says why, and the ad has the hold`, async (t) => {
          const site = makeStarterSite(t, starter);
          const { status, stderr } = await site.run([
            ...['-f', '-job-input-ad', site.ad(ad), '-job-output-ad', 'out.ad'],
          ]);
          assert.equal(status, 1);
          assert.match(stderr, /^condor_starter: /);
          assert.match(stderr, words);
          const { HoldReasonCode, JobStatus } = site.output('out.ad');
          assert.deepEqual([HoldReasonCode, JobStatus], [code, 5]);
        });
      }

      test('exits with 1 where the final ad cannot be written', async (t) => {
        const site = makeStarterSite(t, starter);
        const place = path.join(site.directory, 'no/such/out.ad');
        const { status, stderr } = await site.run([
          ...['-f', '-job-input-ad', site.ad(shell('exit 0')), '-job-output-ad', place],
        ]);
        assert.equal(status, 1);
        assert.ok(stderr.includes(place), stderr);
      });

      test('logs where the knobs and its own options say', async (t) => {
        const site = makeStarterSite(t, starter);
        const job = ['-f', '-job-input-ad', site.ad(shell('exit 0'))];
        await site.run(job);
        await site.run([...job, '-a', 'slot1_2', '-header', '(pid:x)']);
        mkdirSync(path.join(site.state, 'elsewhere'));
        await site.run([...job, '-l', path.join(site.state, 'log/other')]);
        const names = readdirSync(path.join(site.state, 'log')).sort();
        assert.deepEqual(names, ['StarterLog', 'StarterLog.slot1_2', 'other']);
        const [first] = readFileSync(path.join(site.state, 'log/StarterLog.slot1_2'), 'utf8').split(
          '\n',
        );
        assert.match(first ?? '', /^[0-9/]{8} [0-9:]{8} .*\(pid:x\) .*Eyrie/);
        assert.deepEqual(readdirSync(path.join(site.state, 'log/other')), ['StarterLog']);
      });

      test('tells job and log the slot’s name from -slot-name', async (t) => {
        const site = makeStarterSite(t, starter);
        const ad = site.ad(shell('echo $_CONDOR_SLOT'));
        const { stdout } = await site.run([
          ...['-f', '-job-input-ad', ad, '-slot-name', 'slot1_7', '-job-stdout', '-'],
        ]);
        assert.equal(stdout, 'slot1_7\n');
        assert.deepEqual(readdirSync(path.join(site.state, 'log')), ['StarterLog.slot1_7']);
      });

      for (const [signal, ending] of [
        ['SIGTERM', 5],
        ['SIGQUIT', 9],
      ] as const) {
        test(`ends the job for ${signal}, and has run it: status 0`, async (t) => {
          const site = makeStarterSite(t, starter);
          const script = 'trap "exit 5" TERM; echo ready; while :; do sleep 0.05; done';
          const running = site.start([
            ...['-f', '-job-input-ad', site.ad(shell(script)), '-job-stdout', '-'],
            ...['-job-output-ad', 'out.ad'],
          ]);
          await waitUntil(() => running.stdout().includes('ready'), 'the job to start');
          running.process.kill(signal);
          assert.equal((await running.ended).status, 0);
          const { ExitCode, ExitSignal, JobStatus } = site.output('out.ad');
          assert.equal(ExitCode ?? ExitSignal, ending);
          assert.equal(JobStatus, 1);
        });
      }
    },
  );

  describe(`condor_starter, started by ${starter.name}`, { skip, concurrency: 2 }, () => {
    test('-classad prints its abilities, an attribute a line', async (t) => {
      const { status, stdout, stderr } = await makeStarterSite(t, starter).run(['-classad']);
      assert.equal(status, 0, stderr);
      const { EyrieVersion, HasOsUser } = readResultAd(stdout);
      assert.equal(typeof EyrieVersion, 'string');
      assert.equal(HasOsUser, true);
    });

    for (const [what, args, words] of [
      [
        'a job of a shadow that no startd handed down',
        ['-f', 'submit'],
        /CONDOR_INHERIT is not set/,
      ],
      ['an option that it does not know', ['-nonsense'], /-nonsense/],
      ['an option that it does not have', ['-job-keyword', 'X'], /-job-keyword/],
      ['nothing to run', ['-f'], /./],
    ] as const) {
      test(`refuses ${what} with status 1`, async (t) => {
        const { status, stderr, stdout } = await makeStarterSite(t, starter).run(args);
        assert.equal(status, 1);
        assert.equal(stdout, '');
        assert.match(stderr, words);
      });
    }
  });
}
