/**
 * `eyrie run` at a terminal, which script(1) makes.
 */
import assert from 'node:assert/strict';
import { accessSync, constants, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, test } from 'node:test';
import { asUser, type CommandResult, startCommand } from '../support/command';
import { program } from '../support/eyrie';
import { needsProduct, skipIf } from '../support/need';
import { giveTo, ORDINARY_USER, type Starter, STARTERS } from '../support/starters';
import { waitUntil } from '../support/wait';
import { type Ad, oldSyntax, shell } from './support/ads';
import { makeSite, type TestEnd } from './support/site';

function needsScript(): string | undefined {
  try {
    accessSync('/usr/bin/script', constants.X_OK);
    return undefined;
  } catch {
    return '/usr/bin/script (Debian: bsdutils)';
  }
}

const skip = skipIf(needsProduct()) || skipIf(needsScript());

/** Starts a job at a terminal. What is typed goes to the terminal. */
function startAtTerminal(t: TestEnd, starter: Starter, ad: Ad, prepare: (file: string) => string) {
  const site = makeSite(t, starter);
  const file = path.join(path.dirname(site.execute), 'job.ad');
  writeFileSync(file, oldSyntax({ Iwd: site.iwd, ...ad }));
  giveTo(starter.uid, file);
  const run = `exec ${program('eyrie')} run -c ${site.configFile} ${file}`;
  const command = [
    'script',
    '--quiet',
    '--return',
    '--command',
    `${prepare(file)}${run}`,
    '/dev/null',
  ];
  const isOther = starter.uid !== process.geteuid?.();
  return startCommand(isOther ? asUser(starter.uid, command) : command, { keepInputOpen: true });
}

/** A terminal ends lines with a carriage return, too. */
const plain = ({ stdout }: CommandResult): string => stdout.replaceAll('\r', '');

for (const starter of STARTERS) {
  describe(`at a terminal, a job of ${starter.name}`, { skip, concurrency: 2 }, () => {
    test('writes to it, and yet has none that could send it signals', async (t) => {
      const ad = shell('test -t 1 && echo terminal; test -t 0 || echo no input; echo x > /dev/tty');
      const running = startAtTerminal(t, starter, ad, () => '');
      const report = await running.ended;
      assert.match(plain(report), /^terminal\nno input\n.*\/dev\/tty.*No such device/);
    });

    test('is followed by an account of the run, in colour', async (t) => {
      const report = await startAtTerminal(t, starter, shell('exit 3'), () => '').ended;
      assert.equal(report.status, 3);
      assert.match(plain(report), /^eyrie: job 1\.0 \x1b\[.*ended with exit status 3.*\x1b\[0m\n/);
    });

    test('is ended by Ctrl-C', async (t) => {
      const ad = shell(
        'trap "echo got TERM; exit 5" TERM; echo ready; while :; do sleep 0.05; done',
      );
      const running = startAtTerminal(t, starter, ad, () => '');
      await waitUntil(() => running.stdout().includes('ready'), 'the job to start');
      running.process.stdin?.write('\x03');
      const report = await running.ended;
      assert.match(plain(report), /got TERM\n/);
      assert.equal(report.status, 5);
    });
  });
}

describe('a terminal as Out', { skip }, () => {
  test('is where a job of an ordinary user, who has it, writes', async (t) => {
    const name = (file: string): string => `echo "Out = \\"$(tty)\\"" >> ${file}; `;
    const ad = shell('test -t 1 && echo terminal');
    const report = await startAtTerminal(t, ORDINARY_USER, ad, name).ended;
    assert.match(plain(report), /^terminal\n/);
  });
});
