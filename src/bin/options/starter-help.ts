/** The help of `condor_starter`. yargs prints long options with two dashes, HTCondor's have one. */
import { STARTER_OPTIONS, STARTER_OPTION_NAMES } from './starter-options';
import type { StarterOptionName, StarterOptionRow } from './starter-options';

/** How `condor_starter` is called, one form a line. */
export const STARTER_USAGE: readonly string[] = [
  'condor_starter [OPTION]... -job-input-ad PATH',
  'condor_starter -classad',
];

/** Help with an option a line: what is refused is left out. */
export function starterHelp(): string {
  const options = STARTER_OPTION_NAMES.filter((name) => row(name).refused === undefined);
  const width = Math.max(...options.map((name) => optionForm(name).length));
  const lines = options.map((name) => `  ${optionForm(name).padEnd(width)}  ${row(name).summary}`);
  const usage = STARTER_USAGE.map((form, i) => `${i === 0 ? 'Usage:' : '   or:'} ${form}`);
  return [...usage, '', 'Options:', ...lines, '', MORE, ''].join('\n');
}

const MORE = 'The manual page condor_starter(8) says more.';

/** `-job-input-ad PATH` */
export function optionForm(name: StarterOptionName): string {
  const { argument } = row(name);
  return argument === undefined ? `-${name}` : `-${name} ${argument}`;
}

function row(name: StarterOptionName): StarterOptionRow {
  return STARTER_OPTIONS[name];
}
