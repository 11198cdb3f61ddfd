import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fullHostname } from './hostname';

describe('fullHostname()', () => {
  for (const [what, nodename, hosts, expected] of [
    ['a full node name as it is', 'w7.example.org', '127.0.1.1 w7.other.org w7', 'w7.example.org'],
    [
      "Debian's line of hosts(5)",
      'w7',
      '127.0.0.1 localhost\n127.0.1.1\tw7.example.org w7\n',
      'w7.example.org',
    ],
    ['an alias with the domain', 'w7', '10.0.0.7 w7 w7.example.org', 'w7.example.org'],
    ['no domain where hosts(5) has none', 'w7', '127.0.1.1 w7', 'w7'],
    ['no domain of a longer name', 'w7', '10.0.0.70 w70.example.org w70', 'w7'],
    ['nothing of a comment', 'w7', '# 127.0.1.1 w7.example.org', 'w7'],
    ['nothing of an address', 'w7', 'w7.example.org other', 'w7'],
    ['an empty file', 'w7', '', 'w7'],
    [
      'localhost, which is every machine',
      'localhost',
      '127.0.0.1 localhost.localdomain',
      'localhost',
    ],
  ] as const) {
    test(`takes ${what}`, () => {
      assert.equal(fullHostname(nodename, hosts), expected);
    });
  }
});
