import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ABILITIES, abilitiesAd } from './abilities';

/** What condor_starter -classad of HTCondor 23.9.6 and 25.14.1 print that begins with Has. */
const GENUINE = [
  'HasCommonFilesTransfer',
  'HasFileTransfer',
  'HasJICLocalConfig',
  'HasJICLocalStdin',
  'HasJobDeferral',
  'HasJobNetworking',
  'HasJobTransferPlugins',
  'HasOsUser',
  'HasPerFileEncryption',
  'HasReconnect',
  'HasSelfCheckpointTransfers',
  'HasSshd',
  'HasTDP',
  'HasTransferInputRemaps',
  'HasVM',
];

describe('the abilities of the starter', () => {
  test('account for each that an HTCondor starter has, once', () => {
    assert.deepEqual(ABILITIES.map((ability) => ability.attribute).sort(), GENUINE);
  });

  test('are printed as one attribute a line, the missing ones not at all', () => {
    const lines = abilitiesAd('1.2.3').split('\n');
    assert.equal(lines.pop(), '');
    assert.equal(lines.shift(), 'EyrieVersion = "1.2.3"');
    const offered = ABILITIES.filter((ability) => ability.offered);
    assert.deepEqual(
      lines,
      offered.map(({ attribute }) => `${attribute} = True`),
    );
  });

  test('do not promise what a shadow or file transfer would need', () => {
    assert.doesNotMatch(abilitiesAd('1.2.3'), /HasFileTransfer|HasReconnect|HasJobTransferPlugins/);
  });
});
