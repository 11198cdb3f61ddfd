import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseClassAd } from '../condor/classad';
import { ABILITIES, abilitiesAd } from './abilities';

/** What condor_starter -classad of HTCondor 23.9.6 and 25.14.1 print that begins with Has. */
const GENUINE = [
  'HasCommonFilesTransfer',
  'HasFileTransfer',
  'HasFileTransferPluginMethods',
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

  test('are what submit asks of a slot for an ordinary job, encrypted files among it', () => {
    const slot = parseClassAd(abilitiesAd('1.2.3'));
    const job = parseClassAd(
      'Requirements = TARGET.HasFileTransfer && TARGET.HasPerFileEncryption && TARGET.HasReconnect',
    );
    assert.ok(slot.ok && job.ok);
    assert.equal(job.value.boolean('Requirements', { target: slot.value }), true);
  });

  test('do not promise what jobs with URLs, checkpoints or a start time need', () => {
    assert.doesNotMatch(
      abilitiesAd('1.2.3'),
      /Plugin|HasSelfCheckpointTransfers|HasJobDeferral|HasSshd|HasTDP|HasVM/,
    );
  });
});
