/**
 * The ads that go in: where they are read from, in which syntax, and what is said of one that cannot
 * be read. And the ads that a job finds in its sandbox.
 */
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { needsProduct, skipIf } from '../support/need';
import { ORDINARY_USER, STARTERS } from '../support/starters';
import { Expression, newSyntax, oldSyntax, quoteArguments, shell } from './support/ads';
import { makeSite } from './support/site';

const skip = skipIf(needsProduct());
const ECHO = { Cmd: '/bin/echo', Arguments: quoteArguments(["it's", 'a  "job"']) };

for (const starter of STARTERS) {
  describe(`the job ad, read for ${starter.name}`, { skip, concurrency: 2 }, () => {
    for (const [syntax, text] of [
      ['old', oldSyntax(ECHO)],
      ['new', newSyntax(ECHO)],
    ] as const) {
      test(`can be in ${syntax} syntax`, async (t) => {
        const { stdout } = await makeSite(t, starter).run({}, { text });
        assert.equal(stdout, `it's a  "job"\n`);
      });

      test(`can come from standard input, in ${syntax} syntax`, async (t) => {
        const site = makeSite(t, starter);
        const { stdout, status } = await site.run({}, { jobFile: '-', input: text, cwd: site.iwd });
        assert.equal(stdout, `it's a  "job"\n`);
        assert.equal(status, 0);
      });
    }

    test('on standard input leaves the job nothing of it to read', async (t) => {
      const site = makeSite(t, starter);
      const text = oldSyntax({ ...shell('cat; echo end'), Iwd: site.iwd });
      const { stdout } = await site.run({}, { jobFile: '-', input: text });
      assert.equal(stdout, 'end\n');
    });

    test('can compute its attributes', async (t) => {
      const { stdout } = await makeSite(t, starter).run({
        Cmd: new Expression('strcat("/bin/", Program)'),
        Program: 'echo',
        Arguments: new Expression('string(6 * Factor)'),
        Factor: 7,
      });
      assert.equal(stdout, '42\n');
    });

    test('can have comments, empty lines and names in any case', async (t) => {
      const text = '# a job\n\ncmd = "/bin/echo"\n  aRGUMENTs = "hello"\n';
      const { stdout } = await makeSite(t, starter).run({}, { text });
      assert.equal(stdout, 'hello\n');
    });

    for (const [what, text, place] of [
      ['old', 'Cmd = "/bin/true"\nArguments = "unfinished\n', '2:13'],
      ['old', 'Cmd = "/bin/true"\nIwd = /tmp\n', '2:7'],
      ['old', 'this is no ad\n', '1:1'],
      ['new', '[\n  Cmd = "/bin/true";\n  Iwd = ;\n]\n', '3:9'],
      ['new', '[ Cmd = "/bin/true"', '1:20'],
    ] as const) {
      test(`that is wrong in ${what} syntax is told by line and column ${place}`, async (t) => {
        const { status, stderr, result } = await makeSite(t, starter).run({}, { text });
        assert.equal(status, 125);
        const [line] = stderr.split('\n');
        assert.match(line ?? '', new RegExp(`^eyrie run: /.*/job-1\\.ad:${place}: \\w`));
        assert.equal(result.HoldReasonCode, 6);
      });
    }

    test('that is wrong on standard input is told likewise', async (t) => {
      const { stderr } = await makeSite(t, starter).run({}, { jobFile: '-', input: 'Cmd = \n' });
      assert.match(stderr, /^eyrie run: standard input:1:\d+: /);
    });

    test('that does not exist is named', async (t) => {
      const { status, stderr } = await makeSite(t, starter).run({}, { jobFile: '/no/such.ad' });
      assert.equal(status, 125);
      assert.match(stderr, /^eyrie run: Cannot read the ad \/no\/such\.ad: /);
    });

    test('that is a directory, or empty, is refused', async (t) => {
      const site = makeSite(t, starter);
      const directory = await site.run({}, { jobFile: site.iwd });
      assert.equal(directory.status, 125);
      assert.match(directory.stderr, /Cannot read the ad /);
      const empty = await site.run({}, { text: '' });
      assert.equal(empty.status, 125);
      assert.match(empty.stderr, /Cmd is missing/);
    });

    test('that asks for what is not there is refused by the name of the attribute', async (t) => {
      for (const [attribute, value] of [
        ['WantDocker', true],
        ['DeferralTime', 2000000000],
        ['PreCmd', '/bin/true'],
        ['JobUniverse', 13],
      ] as const) {
        const { status, stderr, result } = await makeSite(t, starter).run({
          ...shell('echo ran'),
          [attribute]: value,
        });
        assert.equal(status, 125);
        assert.match(stderr, new RegExp(attribute));
        assert.equal(result.HoldReasonCode, 6);
      }
    });

    test('with wrong types is refused with all that is wrong', async (t) => {
      const { stderr } = await makeSite(t, starter).run({
        Cmd: 17,
        Iwd: true,
        KillSig: 'SIGNONE',
        CoreSize: 'big',
        Environment: 'NOVALUE',
      });
      for (const part of [
        'Cmd is 17',
        'Iwd is true',
        'SIGNONE',
        'CoreSize is "big"',
        'Environment',
      ]) {
        assert.ok(stderr.includes(part), `${part} is missing in: ${stderr}`);
      }
    });
  });

  describe(`the machine ad, read for ${starter.name}`, { skip, concurrency: 2 }, () => {
    test('tells the job of its slot and its CPUs', async (t) => {
      const site = makeSite(t, starter);
      const machine = path.join(site.directory, 'machine.ad');
      writeFileSync(machine, oldSyntax({ Name: 'slot1_3@worker7.example.org', Cpus: 5 }));
      const script = 'echo $_CONDOR_SLOT $OMP_NUM_THREADS; grep ^Cpus $_CONDOR_MACHINE_AD';
      const { stdout } = await site.run(shell(script), { options: ['--machine-ad', machine] });
      assert.equal(stdout, 'slot1_3 5\nCpus = 5\n');
    });

    test('is what knobs evaluate against', async (t) => {
      const site = makeSite(t, starter);
      const machine = path.join(site.directory, 'machine.ad');
      writeFileSync(machine, '[ Name = "slot1@here"; Memory = 100 ]');
      const { stdout } = await site.run(shell('ulimit -v'), {
        options: ['--machine-ad', machine],
        knobs: { STARTER_RLIMIT_AS: 'Memory * 2' },
      });
      assert.equal(stdout, `${200 * 1024}\n`);
    });

    test('that cannot be read is named', async (t) => {
      const { status, stderr } = await makeSite(t, starter).run(shell('exit 0'), {
        options: ['--machine-ad', '/no/such/machine.ad'],
      });
      assert.equal(status, 125);
      assert.match(stderr, /\/no\/such\/machine\.ad/);
    });
  });

  describe(`the sandbox of a job of ${starter.name}`, { skip, concurrency: 2 }, () => {
    test('has the ads, for the job to read, and is its own', async (t) => {
      const script = [
        'cd "$_CONDOR_SCRATCH_DIR"',
        'stat -c "%a %u" .',
        'ls -A | grep -v "^\\(var\\|tmp\\)$"',
        'stat -c "%a %u" .job.ad .machine.ad .update.ad',
        'grep "^Wanted" .job.ad',
        'grep -c "^Memory = [0-9]" .machine.ad',
        'grep -c "^Cpus = [0-9]" .update.ad',
        'echo "$_CONDOR_JOB_AD" "$_CONDOR_MACHINE_AD" | sed "s%$PWD%%g"',
        'basename "$PWD" | grep -c "^dir_[0-9]*$"',
      ].join('; ');
      const { stdout } = await makeSite(t, starter).run({
        ...shell(script),
        Wanted: new Expression('6 * 7'),
        TransferKey: 'secret',
      });
      assert.deepEqual(stdout.split('\n'), [
        `700 ${ORDINARY_USER.uid}`,
        ...['.job.ad', '.machine.ad', '.update.ad'],
        ...Array<string>(3).fill(`644 ${ORDINARY_USER.uid}`),
        'Wanted = 6 * 7',
        '1',
        '1',
        '/.job.ad /.machine.ad',
        '1',
        '',
      ]);
    });

    test('is told nothing that is a key to the pool', async (t) => {
      const { stdout } = await makeSite(t, starter).run({
        ...shell(`sed -n 's/ = "[^ ]*"$//p' "$_CONDOR_JOB_AD"`),
        ClaimId: 'secret',
        Mine: 'public',
        TransferKey: 'secret',
        _condor_priv_key: 'secret',
      });
      assert.deepEqual(stdout.split('\n'), ['Iwd', 'Cmd', 'Mine', '']);
    });

    for (const [value, mode] of [
      ['user', '700'],
      ['group', '750'],
      ['world', '755'],
    ] as const) {
      test(`has mode ${mode} where JOB_EXECDIR_PERMISSIONS is ${value}`, async (t) => {
        const { stdout } = await makeSite(t, starter).run(
          shell('stat -c %a $_CONDOR_SCRATCH_DIR'),
          {
            knobs: { JOB_EXECDIR_PERMISSIONS: value },
          },
        );
        assert.equal(stdout, `${mode}\n`);
      });
    }

    test('is made in an EXECUTE that Eyrie makes, which others can enter and not write', async (t) => {
      const { stdout } = await makeSite(t, starter).run(
        shell('stat -c %a $(dirname $_CONDOR_SCRATCH_DIR)'),
      );
      assert.equal(stdout, '755\n');
    });

    test('is not made in a directory that others can write', async (t) => {
      const site = makeSite(t, starter);
      const open = path.join(site.directory, 'open');
      mkdirSync(open);
      chmodSync(open, 0o777);
      const { status, stderr } = await site.run(shell('echo ran'), {
        options: ['--execute', open],
      });
      assert.equal(status, 125);
      assert.match(stderr, /others may write to it/);
    });
  });
}
