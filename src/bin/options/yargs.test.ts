import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { COMMANDS, COMMAND_NAMES } from './commands';
import { HELP, OPTIONS } from './options';
import type { OptionName } from './options';
import { parseWords } from './parse';
import type { CommandRow, OptionRow } from './rows';
import { buildYargs, helpText } from './yargs';

const WIDTH = 100;

describe('help', () => {
  test('of eyrie lists every command with its summary', async () => {
    const text = await helpText([], WIDTH);
    for (const name of ['run', 'plan', 'doctor'] as const) {
      assert.ok(text.includes(`eyrie ${name} `), text);
      assert.ok(text.includes(COMMANDS[name].summary), text);
    }
    assert.match(text, /eyrie image +\S/);
    assert.match(text, /eyrie classad +\S/);
    assert.match(text, /--version +show the version/);
  });

  test('of a group lists its commands', async () => {
    const text = await helpText(['image'], WIDTH);
    for (const word of ['add', 'list', 'show', 'remove'])
      assert.match(text, new RegExp(`image ${word}`));
  });

  for (const name of COMMAND_NAMES) {
    test(`of eyrie ${name} has its operands and options with their summaries`, async () => {
      const command: CommandRow<OptionName> = COMMANDS[name];
      const text = flat(await helpText(command.words, WIDTH));
      const rows: OptionRow[] = command.options.map((option) => OPTIONS[option]);
      for (const { summary } of [...rows, HELP, ...command.operands]) {
        assert.ok(text.includes(flat(summary)), `'${summary}' is not in: ${text}`);
      }
      for (const option of command.options) assert.ok(text.includes(`--${option} `), option);
    });
  }

  test('stays inside its width', async () => {
    for (const line of (await helpText(['run'], 72)).split('\n'))
      assert.ok(line.length <= 72, line);
  });

  test('does not say what a command does not take', async () => {
    assert.doesNotMatch(await helpText(['plan'], WIDTH), /--keep|--result|--version/);
  });
});

describe('the quick parser and yargs', () => {
  const rows: readonly string[] = [
    'run job.ad',
    'run -c site.ini --json job.ad',
    'run -config=site.ini -keep -v -t job.ad',
    'run --set A=b=c --set B=-1 -d D_ALL job.ad',
    'run --machine-ad - --execute /x --result 5 010',
    'plan --json --set=A= job.ad',
    'image add -c x.ini 7 0x7',
    'doctor --json',
    'classad eval --ad x.ad 1 010 1e3 true',
  ];
  for (const line of rows) {
    test(`read '${line}' alike`, async () => {
      const argv = line.split(' ');
      const name = COMMAND_NAMES.find((each) =>
        COMMANDS[each].words.every((w, i) => w === argv[i]),
      );
      assert.ok(name);
      const command: CommandRow<OptionName> = COMMANDS[name];
      const quick = parseWords(command, argv.slice(command.words.length));
      assert.ok(quick.ok);
      const whole = await buildYargs(WIDTH).parse(argv);
      for (const option of command.options) {
        const row: OptionRow = OPTIONS[option];
        const given = [whole[option] ?? []].flat();
        if (row.argument === undefined)
          assert.equal(given.length > 0, quick.value.flag(option), option);
        else assert.deepEqual(given.map(String), quick.value.list(option), option);
      }
      const operands = command.operands.map(({ argument }) => whole[argument.replace('|', '-or-')]);
      assert.deepEqual(operands.flat(), quick.value.operands);
    });
  }
});

/** A text without its line breaks and columns. */
function flat(text: string): string {
  return text.replace(/\s+/g, ' ');
}
