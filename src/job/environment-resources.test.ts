import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { resourceEnvironment } from './environment-resources';

function variables(knob: string, assigned: string): Record<string, string> {
  const read = resourceEnvironment(knob, assigned);
  assert.ok(read.ok);
  return Object.fromEntries(read.value);
}

describe('ENVIRONMENT_FOR_Assigned<Resource>', () => {
  const rows: [string, string, string, Record<string, string>][] = [
    [
      "HTCondor's default for GPUs",
      'GPU_DEVICE_ORDINAL=/(CUDA|OCL)//  CUDA_VISIBLE_DEVICES=/CUDA//',
      'CUDA0, CUDA1',
      { GPU_DEVICE_ORDINAL: '0,1', CUDA_VISIBLE_DEVICES: '0,1' },
    ],
    [
      'a name alone has the ids as they are',
      'VISIBLE_GPUS',
      'CUDA1, CUDA2',
      { VISIBLE_GPUS: 'CUDA1, CUDA2' },
    ],
    [
      "the manual's example",
      'VISIBLE_GPUS=/^/gpuid:/',
      'CUDA1, CUDA2',
      { VISIBLE_GPUS: 'gpuid:CUDA1,gpuid:CUDA2' },
    ],
    [
      'CUDA_VISIBLE_DEVICES alone has numbers',
      'CUDA_VISIBLE_DEVICES',
      'CUDA0,CUDA13',
      { CUDA_VISIBLE_DEVICES: '0,13' },
    ],
    [
      'GPU_DEVICE_ORDINAL alone has numbers',
      'GPU_DEVICE_ORDINAL',
      'OCL0, OCL1',
      { GPU_DEVICE_ORDINAL: '0,1' },
    ],
    [
      'an empty expression for CUDA has numbers',
      'CUDA_VISIBLE_DEVICES=///',
      'CUDA2',
      { CUDA_VISIBLE_DEVICES: '2' },
    ],
    ['groups can be named', 'A=/(\\w)-(\\d)/$2$1$0$9/', 'x-1,y-2', { A: '1xx-1,2yy-2' }],
    ['only the first match is replaced', 'A=/a/b/', 'aaa', { A: 'baa' }],
    ['an id that does not match stays', 'A=/CUDA//', 'GPU-1', { A: 'GPU-1' }],
    ['another mark can stand for /', 'A=#/dev/#dev:#', '/dev/nvidia0', { A: 'dev:nvidia0' }],
    ['several names, commas and spaces', 'A, B=/x//, C', 'x1', { A: 'x1', B: '1', C: 'x1' }],
    ['spaces around "="', 'A = /x//', 'x1', { A: '1' }],
    ['nothing assigned', 'A B=/x//', '', { A: '', B: '' }],
    ['an empty knob', ' ', 'x1', {}],
  ];
  for (const [name, knob, assigned, expected] of rows) {
    test(name, () => assert.deepEqual(variables(knob, assigned), expected));
  }

  const wrong: [string, string, RegExp][] = [
    ['an edit without its last mark', 'A=/x/', /^A needs the form A=\/regular expression\//],
    ['"=" and nothing', 'A=', /^A needs the form/],
    ['"=" without a name', '=/x//', /^a name is missing before =/],
    ['a regular expression that is none', 'A=/(//', /^the regular expression for A is not one/],
  ];
  for (const [name, knob, message] of wrong) {
    test(`${name} is refused`, () => {
      const read = resourceEnvironment(knob, 'x');
      assert.ok(!read.ok);
      assert.match(read.error, message);
    });
  }
});
