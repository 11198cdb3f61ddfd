import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { TREE } from '../support/root';

const SCRIPT = path.join(TREE, 'docs/completion/eyrie.bash');

/** Calls the completion as bash would, for the last of the words, and prints what it offers. */
const CALL = `
source "$0"
COMP_WORDS=("$@")
COMP_CWORD=$(($# - 1))
_eyrie 2>&1
printf '%s\\n' "\${COMPREPLY[@]}"
`;

describe('completion in bash', () => {
  let directory: string;
  before(() => {
    directory = mkdtempSync(path.join(tmpdir(), 'eyrie-completion-'));
    writeFileSync(path.join(directory, 'job.ad'), '');
    mkdirSync(path.join(directory, 'scratch'));
  });
  after(() => rmSync(directory, { recursive: true }));

  function offered(...words: string[]): readonly string[] {
    const output = execFileSync('bash', ['-c', CALL, SCRIPT, ...words], { cwd: directory });
    return output
      .toString()
      .split('\n')
      .filter((line) => line !== '');
  }

  const rows: readonly (readonly [
    words: readonly string[],
    offers: readonly string[],
    what: string,
  ])[] = [
    [
      ['eyrie', ''],
      [
        ...[
          'run',
          'plan',
          'doctor',
          'enter',
          'suspend',
          'continue',
          'ps',
          'image',
          'account',
          'classad',
        ],
        ...['--help', '--version'],
      ],
      'commands',
    ],
    [['eyrie', 'do'], ['doctor'], 'the command that begins so'],
    [['eyrie', 'image', ''], ['add', 'list', 'show', 'remove', '--help'], 'commands of a group'],
    [
      ['eyrie', 'account', 'add', '--'],
      ['--owner', '--dedicated', '--control', '--help'],
      'an account’s options',
    ],
    [['eyrie', 'classad', 'eval', '--'], ['--ad', '--help'], "a command's options"],
    [['eyrie', 'run', '--ma'], ['--machine-ad'], 'an option'],
    [['eyrie', 'run', ''], ['job.ad', 'scratch'], 'files for a job ad'],
    [['eyrie', 'run', '-v', 'jo'], ['job.ad'], 'a file after options'],
    [['eyrie', 'run', '--execute', ''], ['scratch'], 'directories for an option that takes one'],
    [['eyrie', 'run', '-c', 'j'], ['job.ad'], 'files for a one-letter option'],
    [['eyrie', 'run', '--config', '=', 'j'], ['job.ad'], 'files after an equals sign'],
    [['eyrie', 'run', '--config', '='], ['job.ad', 'scratch'], 'files right after an equals sign'],
    [['eyrie', 'run', '--set', ''], [], 'nothing for a knob'],
    [['eyrie', 'doctor', ''], [], 'nothing where no operand is taken'],
    [['eyrie', 'nonsense', ''], [], 'nothing for what is no command'],
  ];
  for (const [words, offers, what] of rows) {
    test(`of '${words.join(' ')}' offers ${what}`, () => {
      assert.deepEqual([...offered(...words)].sort(), [...offers].sort());
    });
  }

  test('plan does not offer what only run takes', () => {
    assert.ok(!offered('eyrie', 'plan', '--').includes('--keep'));
    assert.ok(offered('eyrie', 'run', '--').includes('--keep'));
  });
});
