/**
 * `condor_starter`, told to run a job. Spawned by a startd, it gets the job from a shadow. A job whose
 * ad is on disk or on standard input is run here and now, as HTCondor's starter runs it ("local job
 * information"), and the exit status tells whether it ran, not how it ended: that is in the output ad.
 */
import path from 'node:path';
import { type ClassAd, printClassAd } from '../condor/classad';
import { resultAd } from '../job/result-ad';
import type { Logger } from '../log';
import { printableLine } from '../printable';
import type { Result } from '../result';
import { sayInLogDirectory } from '../starter/pool/last-words';
import type { LocalOptions } from '../starter/local-input';
import { runLocalJob } from '../starter/local-job';
import { type FilePlace, openFilePlace, writeInPlace } from '../starter/write-file';
import type { CommandIo, StarterArguments } from './options/types';
import { logBugsWith } from './program';

/** Exit statuses as a startd knows them. */
const STATUS = { normal: 0, failure: 1 };

/** Gives the exit status of the starter. */
export async function runStarter(args: StarterArguments, io: CommandIo): Promise<number> {
  const { source } = args;
  return source.kind === 'shadow' ? runForShadow(args, io) : runAdOnDisk(args, source.path, io);
}

/** A startd has spawned this process: the job comes from a shadow. */
async function runForShadow(args: StarterArguments, io: CommandIo): Promise<number> {
  const { runPoolJob } = await import('../starter/pool/run-pool');
  const isSpawned = process.env.CONDOR_INHERIT !== undefined;
  let hasLog = false;
  const options = {
    ...args,
    slot: args.slotName,
    debug: undefined,
    logOpened(log: Logger) {
      hasLog = true;
      logBugsWith((text) => log.error(text));
    },
  };
  return runPoolJob(options, (reason) => {
    io.stderr.write(`condor_starter: ${printableLine(reason)}\n`);
    if (isSpawned && !hasLog) sayInLogDirectory(args.logAppend, reason);
  });
}

async function runAdOnDisk(args: StarterArguments, jobAd: string, io: CommandIo): Promise<number> {
  // Before the job begins: afterwards its directory could be another, and the work would be lost.
  const place = outputPlace(args);
  if (place?.ok === false) {
    io.stderr.write(`condor_starter: ${printableLine(place.error)}\n`);
    return STATUS.failure;
  }
  const { result, messages } = await runLocalJob(localOptions(args, jobAd), {
    ...args,
    keep: false,
    debug: undefined,
    logOpened(log) {
      logBugsWith((text) => log.error(text));
      for (const warning of args.warnings) log.always(warning);
    },
  });
  if (!args.terminalLog) {
    for (const message of messages) {
      io.stderr.write(`condor_starter: ${printableLine(message)}\n`);
    }
  }
  const delivered = deliver(resultAd(result), args, place?.value, io);
  const ran = result.outcome.kind === 'completed' || result.outcome.kind === 'evicted';
  return ran && delivered ? STATUS.normal : STATUS.failure;
}

function localOptions(args: StarterArguments, jobAd: string): LocalOptions {
  const { cluster, outputAd, proc, stderr, stdin, stdout } = args;
  return {
    configFile: args.configFile,
    set: args.logDirectory === undefined ? [] : [{ name: 'LOG', value: args.logDirectory }],
    localName: args.localName,
    slot: args.slotName,
    jobAd,
    machineAd: undefined,
    cluster,
    proc,
    streams: { stdin, stdout, stderr },
    missingOutput: 'null',
    outputAd: outputAd === undefined || outputAd === '-' ? undefined : path.resolve(outputAd),
  };
}

/** Where the output ad goes, if to a file. */
function outputPlace({ outputAd }: StarterArguments): Result<FilePlace, string> | undefined {
  return outputAd === undefined || outputAd === '-'
    ? undefined
    : openFilePlace(path.resolve(outputAd));
}

/** Hands the result over; false: it could not be. */
function deliver(
  ad: ClassAd,
  { outputAd }: StarterArguments,
  place: FilePlace | undefined,
  io: CommandIo,
): boolean {
  if (outputAd === '-') return io.stdout.write(printClassAd(ad, 'old'));
  if (place === undefined) return true;
  const written = writeInPlace(place, printClassAd(ad, 'old'));
  if (!written.ok) io.stderr.write(`condor_starter: ${printableLine(written.error)}\n`);
  return written.ok;
}
