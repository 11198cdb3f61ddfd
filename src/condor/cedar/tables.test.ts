import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import { test } from 'node:test';
import { isPrivateAttribute } from './private-attributes';
import {
  errnoFromWire,
  errnoToWire,
  openFlagsFromWire,
  openFlagsToWire,
} from './translated-numbers';

const { errno } = os.constants;

test('errno travels as the number of old', () => {
  for (const [wire, own] of [
    [2, errno.ENOENT],
    [28, errno.ENOSPC],
    [36, errno.EDEADLK],
    [38, errno.ENAMETOOLONG],
    [41, errno.ENOTEMPTY],
    [42, errno.EILSEQ],
    [43, errno.ETXTBSY],
  ] as const) {
    assert.deepEqual([errnoToWire(own), errnoFromWire(wire)], [wire, own]);
  }
});

test('an errno that the wire does not know goes as it is, and comes so', () => {
  assert.equal(errnoToWire(errno.EDQUOT), errno.EDQUOT);
  assert.equal(errnoFromWire(9999), 9999);
});

test('flags of open(2) travel as flags of the wire', () => {
  const { O_WRONLY, O_CREAT, O_TRUNC, O_RDWR, O_EXCL, O_APPEND, O_NOCTTY } = fs.constants;
  assert.equal(openFlagsToWire(O_WRONLY | O_CREAT | O_TRUNC), 0x301);
  assert.equal(openFlagsFromWire(0x301), O_WRONLY | O_CREAT | O_TRUNC);
  const all = O_RDWR | O_EXCL | O_APPEND | O_NOCTTY | O_CREAT | O_TRUNC;
  assert.equal(openFlagsToWire(all), 0x1f02);
  assert.equal(openFlagsFromWire(0x1f02), all);
});

test('attributes that carry secrets are known, however they are spelled', () => {
  const secret = [
    'ClaimId',
    'CAPABILITY',
    'transferkey',
    'ClaimIds',
    'ClaimIdList',
    'ChildClaimIds',
  ];
  for (const name of [...secret, 'PairedClaimId', '_condor_privX', '_CONDOR_PRIV_x']) {
    assert.ok(isPrivateAttribute(name), name);
  }
  for (const name of ['PublicClaimId', 'ClaimIdx', 'MyClaimId', 'TransferSocket', '_condor_x']) {
    assert.ok(!isPrivateAttribute(name), name);
  }
});
