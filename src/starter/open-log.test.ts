import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test, type TestContext } from 'node:test';
import { configOf } from '../../test/support/knobs';
import { temporaryDirectory } from '../../test/support/temporary';
import { VERSION } from '../version';
import { type LogSettings, openStarterLog } from './open-log';

const SETTINGS: LogSettings = { terminalLog: false, debug: undefined };

/** Opens the log with these knobs, does something, and gives the file's lines. */
function logged(
  context: TestContext,
  knobs: Readonly<Record<string, string>>,
  settings: Partial<LogSettings> = {},
): readonly string[] {
  const directory = temporaryDirectory(context);
  const config = configOf({ LOG: directory, DEBUG_TIME_FORMAT: 'TIME', ...knobs });
  const log = openStarterLog(config, { ...SETTINGS, ...settings });
  assert.ok(log.ok, JSON.stringify(log));
  log.value.debug('D_JOB', () => 'a job');
  log.value.close();
  const [file = ''] = readdirSync(directory);
  return [file, ...readFileSync(`${directory}/${file}`, 'utf8').trimEnd().split('\n')];
}

function refusal(
  knobs: Readonly<Record<string, string>>,
  settings: Partial<LogSettings> = {},
): string {
  const log = openStarterLog(configOf(knobs), { ...SETTINGS, ...settings });
  assert.ok(!log.ok);
  return log.error;
}

describe("the starter's log", () => {
  const first = `** Eyrie ${VERSION} starter, pid ${process.pid}, uid ${process.geteuid?.()}`;

  test('is STARTER_LOG, and its first line names Eyrie and its version', (context) => {
    assert.deepEqual(logged(context, {}), ['StarterLog', `TIME (pid:${process.pid}) ${first}`]);
  });

  test('has a name with what -a appends', (context) => {
    assert.equal(logged(context, {}, { logAppend: 'slot1_2' })[0], 'StarterLog.slot1_2');
  });

  const appended: readonly (readonly [knob: string, name: string])[] = [
    ['', 'StarterLog.slot1'],
    ['Slot', 'StarterLog.slot1'],
    ['cluster', 'StarterLog.12'],
    ['JobId', 'StarterLog.12.3'],
    ['false', 'StarterLog'],
  ];
  for (const [knob, name] of appended) {
    test(`has the name ${name} with STARTER_LOG_NAME_APPEND = ${knob}`, (context) => {
      const directory = temporaryDirectory(context);
      const config = configOf({ LOG: directory, STARTER_LOG_NAME_APPEND: knob });
      const log = openStarterLog(config, SETTINGS, { slot: 'slot1', cluster: 12, proc: 3 });
      assert.ok(log.ok);
      log.value.close();
      assert.deepEqual(readdirSync(directory), [name]);
    });
  }

  test('logs the categories of ALL_DEBUG, STARTER_DEBUG and -d together', (context) => {
    const knobs = { ALL_DEBUG: 'D_CAT', STARTER_DEBUG: 'D_SUB_SECOND' };
    const [, , job] = logged(context, knobs, { debug: 'D_JOB -D_SUB_SECOND' });
    assert.equal(job, 'TIME (D_JOB) a job');
  });

  test('has seconds since 1970 with LOGS_USE_TIMESTAMP', (context) => {
    const [, line = ''] = logged(context, { LOGS_USE_TIMESTAMP: 'true' });
    assert.match(line, /^1[0-9]{9} \(pid:/);
  });

  test('takes a time format in quotation marks', (context) => {
    const [, line = ''] = logged(context, { DEBUG_TIME_FORMAT: '"%Y T"', STARTER_DEBUG: '' });
    assert.match(line, /^\d{4} T \*\* Eyrie/);
  });

  test('has the text of -header in every line', (context) => {
    const [, line] = logged(context, { STARTER_DEBUG: '' }, { logHeader: 'HEAD' });
    assert.equal(line, `TIME HEAD ${first}`);
  });

  test('mentions a word of STARTER_DEBUG that means nothing', (context) => {
    const [, , line] = logged(context, { STARTER_DEBUG: 'D_FULDEBUG' });
    assert.equal(line, 'TIME Unknown debug category: D_FULDEBUG');
  });

  test('is refused where -d has such a word', () => {
    assert.equal(
      refusal({}, { debug: 'D_FULDEBUG' }),
      '-d D_FULDEBUG: there is no debug category of this name; did you mean D_FULLDEBUG?',
    );
  });

  test('is refused where MAX_STARTER_LOG is neither a size nor an age', () => {
    assert.equal(
      refusal({ MAX_STARTER_LOG: 'much' }),
      'MAX_STARTER_LOG = much (--set): ' +
        'expected a size such as "10 Mb" or an age such as "2 days"',
    );
  });

  test('is refused where the file cannot be one', () => {
    assert.match(refusal({ STARTER_LOG: '' }), /^The knob STARTER_LOG is empty/);
    assert.match(refusal({ STARTER_LOG: '/proc/none/log' }), /\/proc\/none/);
  });
});
