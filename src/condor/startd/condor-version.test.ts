import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseClassAd } from '../classad';
import {
  compareVersions,
  hasDifference,
  installedVersion,
  parseCondorPlatform,
  parseCondorVersion,
} from './condor-version';

const DEBIAN_23 = '$CondorVersion: 23.9.6 2026-07-12 PackageID: 23.9.6+dfsg-2.1+b10 $';

describe('a version string', () => {
  const rows: readonly (readonly [text: string, version: readonly number[] | undefined])[] = [
    [DEBIAN_23, [23, 9, 6]],
    ['$CondorVersion: 25.14.1 2026-10-16 PackageID: 25.14.1+dfsg-1 $', [25, 14, 1]],
    ['$CondorVersion: 8.8.1 Feb 12 2019 BuildID: 461773 $', [8, 8, 1]],
    ['$CondorVersion: 24.0 $', undefined],
    ['23.9.6', undefined],
    ['', undefined],
    [`${DEBIAN_23} more`, undefined],
  ];
  for (const [text, version] of rows) {
    test(`${text} is ${version?.join('.') ?? 'none'}`, () => {
      const parsed = parseCondorVersion(text);
      assert.deepEqual(parsed && [parsed.major, parsed.minor, parsed.patch], version);
    });
  }
});

test('a platform string has its platform', () => {
  assert.equal(parseCondorPlatform('$CondorPlatform: X86_64-Debian_13 $'), 'X86_64-Debian_13');
  assert.equal(parseCondorPlatform('$CondorPlatform: X86_64-Debian_ $'), 'X86_64-Debian_');
  assert.equal(parseCondorPlatform('X86_64-Debian_13'), undefined);
});

test('versions have the order of their numbers', () => {
  const version = fc.record({ major: fc.nat(30), minor: fc.nat(30), patch: fc.nat(30) });
  const value = ({ major, minor, patch }: { major: number; minor: number; patch: number }) =>
    (major * 100 + minor) * 100 + patch;
  fc.assert(
    fc.property(version, version, (a, b) => {
      assert.equal(Math.sign(compareVersions(a, b)), Math.sign(value(a) - value(b)));
    }),
  );
});

describe('the version of the installation', () => {
  const read = (text: string) => {
    const ad = parseClassAd(text);
    assert.ok(ad.ok);
    return installedVersion(ad.value);
  };

  test("is what the startd's machine ad says, word for word", () => {
    const platform = '$CondorPlatform: X86_64-Debian_13 $';
    const ad = `CondorVersion = "${DEBIAN_23}"\nCondorPlatform = "${platform}"\n`;
    assert.deepEqual(read(ad), { version: DEBIAN_23, platform });
  });

  test('is unknown where the ad does not say it', () => {
    assert.equal(read('CondorVersion = "23.9.6"\n'), undefined);
    assert.equal(read(`CondorVersion = "${DEBIAN_23}"\n`), undefined);
  });
});

test('what differs between versions begins with one of them', () => {
  const of = (text: string) => parseCondorVersion(`$CondorVersion: ${text} $`);
  assert.equal(hasDifference(of('23.9.6'), 'vacatesByCommand'), false);
  assert.equal(hasDifference(of('24.2.9'), 'vacatesByCommand'), false);
  assert.equal(hasDifference(of('24.3.0'), 'vacatesByCommand'), true);
  assert.equal(hasDifference(of('25.14.1'), 'isOf25'), true);
  assert.equal(hasDifference(of('24.12.14'), 'nestsScratch'), true);
  assert.equal(hasDifference(undefined, 'knowsBrokenSlots'), false);
});
