/** From the command line of `eyrie run` and `eyrie plan` to a job by hand. */
import path from 'node:path';
import type { LocalOptions } from '../../starter/local-input';
import type { RunOptions } from '../options/types';

/** The job that the options tell of; `--execute` stands in for the knob EXECUTE. */
export function localOptions(options: RunOptions): LocalOptions {
  const { configFile, execute, jobAd, machineAd, result, set } = options;
  return {
    configFile,
    set,
    executeDirectory: execute === undefined ? undefined : path.resolve(execute),
    jobAd,
    machineAd,
    missingOutput: 'inherit',
    outputAd: result === undefined ? undefined : path.resolve(result),
  };
}
