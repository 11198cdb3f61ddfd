import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { configValArguments, knobPattern, parseConfigVal } from './config-val-output';
import { poolValues } from './pool-values';

const HEAD = '# Configuration from machine: host\n\n# Parameters with names that match ^x$:\n';

function parse(text: string) {
  const answer = parseConfigVal(text);
  assert.ok(answer.ok, answer.ok ? '' : answer.error);
  return answer.value;
}

describe('the question', () => {
  const names: readonly (readonly [name: string, isAsked: boolean])[] = [
    ['EXECUTE', true],
    ['STARTER.EXECUTE', true],
    ['slot_type_1.EXECUTE', true],
    ['slot_type_2.EXECUTE', false],
    ['SCHEDD.EXECUTE', false],
    ['XEXECUTE', false],
    ['SLOT1_USER', true],
    ['SLOT12_3_USER', true],
    ['SLOT_USER', false],
    ['ENVIRONMENT_FOR_AssignedGPUs', true],
    ['ENVIRONMENT_FOR_AssignedFPGAs', true],
    ['STARTER_UPDATE_INTERVAL', true],
    ['LOCAL_CONFIG_DIR', true],
    ['DAEMON_LIST', false],
  ];
  for (const [name, isAsked] of names) {
    test(`is ${isAsked ? '' : 'not '}for ${name}`, () => {
      assert.equal(new RegExp(knobPattern('slot_type_1'), 'i').test(name), isAsked);
    });
  }

  test('takes a local name for what it is, whatever is in it', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (name, other) => {
        const pattern = new RegExp(knobPattern(name));
        assert.ok(pattern.test(`${name}.LOG`));
        assert.equal(pattern.test(`${other}.LOG`), other === name || other === 'STARTER');
      }),
    );
  });

  test('has a local name only where there is one', () => {
    assert.deepEqual(configValArguments('a').slice(0, 4), [
      '-subsystem',
      'STARTER',
      '-local-name',
      'a',
    ]);
    assert.deepEqual(configValArguments(undefined).slice(0, 3), [
      '-subsystem',
      'STARTER',
      '-config',
    ]);
  });
});

describe('the answer', () => {
  test('has sources, values of one line and of several, and where they are set', () => {
    const text =
      '\t/etc/condor/condor_config\n\techo X = 1 |\n' +
      `${HEAD}EXECUTE = /x  \n # at: /etc/condor/condor_config, line 8\n # raw: /x\n # default: y\n` +
      'NO_NEW_PRIVS = \n # at: <Default>\n # raw: \n' +
      'STARTER_JOB_ENVIRONMENT @=end\n   A=1\n   # at: no location\n@end\n # at: f, line 2\n';
    assert.deepEqual(parse(text), {
      sources: ['/etc/condor/condor_config', 'echo X = 1 |'],
      knobs: [
        { name: 'EXECUTE', text: '/x', location: '/etc/condor/condor_config, line 8' },
        { name: 'NO_NEW_PRIVS', text: '', location: '<Default>' },
        {
          name: 'STARTER_JOB_ENVIRONMENT',
          text: 'A=1\n# at: no location',
          location: 'f, line 2',
        },
      ],
    });
  });

  const rows: readonly (readonly [what: string, text: string, message: RegExp])[] = [
    ['nothing', '', /has no "Configuration from machine"/],
    ['a complaint', `${HEAD}Segmentation fault\n`, /has the line "Segmentation fault"/],
    ['a value from nowhere', `${HEAD}LOG = /x\nLOCK = /y\n`, /does not say where LOG is set/],
    ['a value without end', `${HEAD}LOG @=end\n   /x\n`, /does not say where LOG is set/],
  ];
  for (const [what, text, message] of rows) {
    test(`is refused where it is ${what}`, () => {
      const answer = parseConfigVal(text);
      assert.match(answer.ok ? '' : answer.error, message);
    });
  }

  test('whatever it is, is an answer or a sentence', () => {
    const line = fc.oneof(
      fc.constantFrom('A = b', 'A @=end', '@end', ' # at: x, line 1', ' # raw: ', '   c', ''),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const answer = parseConfigVal(HEAD + lines.join('\n'));
        assert.ok(answer.ok || answer.error.startsWith('its answer'));
      }),
    );
  });
});

describe('the values of an answer', () => {
  const at = (location: string) => (name: string, text: string) => ({ name, text, location });
  const inFile = at('/c, line 3');

  function valuesOf(...knobs: readonly ReturnType<typeof inFile>[]) {
    const values = poolValues({
      knobs: [
        inFile('LOCAL_DIR', '/var'),
        inFile('FILESYSTEM_DOMAIN', 'h'),
        inFile('UID_DOMAIN', 'h'),
        ...knobs,
      ],
      localName: 'slot_type_1',
      environment: { _condor_log: '/x' },
    });
    assert.ok(values.ok);
    return values.value;
  }

  test('of a name without prefix are the answer, and else the strongest prefix', () => {
    const values = valuesOf(
      inFile('STARTER.SLOT1_USER', 'a'),
      inFile('slot_type_1.SLOT1_USER', 'b'),
      inFile('STARTER.SLOT2_USER', 'c'),
      inFile('STARTER.HIDE_PATHS', '/wrong'),
      inFile('HIDE_PATHS', '/right'),
      inFile('SCHEDD.HIDE_PATHS', '/other'),
    );
    assert.deepEqual(
      ['SLOT1_USER', 'SLOT2_USER', 'HIDE_PATHS'].map((name) => values.get(name)?.text),
      ['b', 'c', '/right'],
    );
    assert.ok(![...values.keys()].some((name) => name.includes('.')));
  });

  test('say who set them', () => {
    const values = valuesOf(
      at('/c d/e, line 12, use ROLE:Execute+3')('EXECUTE', '/e'),
      at('<Environment>')('LOG', '/x'),
      at('<Detected>')('STARTER_DEBUG', 'D_PID'),
      at('gen -x |, line 4')('HIDE_PATHS', '/h'),
    );
    assert.deepEqual(
      ['EXECUTE', 'LOG', 'STARTER_DEBUG', 'HIDE_PATHS'].map((name) => values.get(name)?.origin),
      [
        { kind: 'file', file: '/c d/e', line: 12 },
        { kind: 'environment', variable: '_condor_log' },
        { kind: 'default' },
        { kind: 'file', file: 'gen -x |', line: 4 },
      ],
    );
  });

  test('are our defaults of a pool where HTCondor has none, with its values in them', () => {
    const values = valuesOf(
      inFile('NOT_RESPONDING_TIMEOUT', '600'),
      inFile('USE_PID_NAMESPACES', ''),
    );
    assert.deepEqual(
      ['STARTER_NOT_RESPONDING_TIMEOUT', 'USE_PID_NAMESPACES', 'NO_NEW_PRIVS'].map(
        (name) => values.get(name)?.text,
      ),
      ['600', 'false', 'false'],
    );
  });

  test('lack what only HTCondor can say: an error, not an empty path', () => {
    const none = poolValues({ knobs: [], localName: undefined, environment: {} });
    const messages = none.ok ? [] : none.error.map(({ message }) => message);
    assert.ok(
      messages.some((message) => /^EXECUTE = .* \(default\): \$\(TILDE\) is not/.test(message)),
    );
  });
});
