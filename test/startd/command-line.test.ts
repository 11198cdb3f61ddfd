/** The command lines of starters, as startds write them (Starter::execDCStarter). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseStarterArguments } from '../../src/bin/options/parse-starter';
import { SHARED_PORT_SPAWNS } from './spawns';

function understood(argv: readonly string[]) {
  const read = parseStarterArguments(argv);
  assert.ok(read.ok && read.value.action === 'run');
  const { source, localName, logAppend, slotName } = read.value.arguments;
  return { source, localName, logAppend, slotName };
}

describe("a startd's command line", () => {
  for (const { name, argv = [] } of SHARED_PORT_SPAWNS) {
    test(`of ${name} asks for the job of a shadow`, () => {
      assert.deepEqual(understood(argv), {
        source: { kind: 'shadow', host: '127.0.0.1' },
        localName: 'slot_type_1',
        logAppend: argv[4],
        slotName: undefined,
      });
    });
  }

  test('may have everything at once, and words of the job in it', () => {
    const a2 = 'D_FULLDEBUG D_CAT,$(EXECUTE)/dir_$(PID)/scratch/.starter.log';
    const head = ['-f', '-local-name', 'slot_type_2', '-a2', a2, '-a', '7.0'];
    assert.deepEqual(understood([...head, '-slot-name', 'slot2_1', 'submit.example.org']), {
      source: { kind: 'shadow', host: 'submit.example.org' },
      localName: 'slot_type_2',
      logAppend: '7.0',
      slotName: 'slot2_1',
    });
  });

  test('may name no log at all: STARTER_LOG_NAME_APPEND = false', () => {
    assert.deepEqual(understood(['-f', '-slot-name', 'slot1', '10.0.0.1']), {
      source: { kind: 'shadow', host: '10.0.0.1' },
      localName: undefined,
      logAppend: undefined,
      slotName: 'slot1',
    });
  });
});
