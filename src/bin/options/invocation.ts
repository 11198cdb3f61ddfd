/** What a whole command line of `eyrie` asks for, and how each command's words become its options. */
import { assertNever, err, ok } from '../../result';
import type { Result } from '../../result';
import type { CommandName } from './commands';
import type { ParsedWords } from './parse';
import type {
  AccountAddOptions,
  AccountListOptions,
  AccountNameOptions,
  ClassadEvalOptions,
  ConfigOptions,
  DoctorOptions,
  EnterOptions,
  ImageAddOptions,
  ImageListOptions,
  ImageNameOptions,
  JobOptions,
  KnobSetting,
  PsOptions,
  RunOptions,
  UsageError,
} from './types';

/** A command with its options. */
export type Invocation =
  | { readonly command: 'run' | 'plan'; readonly options: RunOptions }
  | { readonly command: 'doctor'; readonly options: DoctorOptions }
  | { readonly command: 'enter'; readonly options: EnterOptions }
  | { readonly command: 'suspend' | 'continue'; readonly options: JobOptions }
  | { readonly command: 'ps'; readonly options: PsOptions }
  | { readonly command: 'image add'; readonly options: ImageAddOptions }
  | { readonly command: 'image list'; readonly options: ImageListOptions }
  | { readonly command: 'image show' | 'image remove'; readonly options: ImageNameOptions }
  | { readonly command: 'account add'; readonly options: AccountAddOptions }
  | { readonly command: 'account remove'; readonly options: AccountNameOptions }
  | { readonly command: 'account list'; readonly options: AccountListOptions }
  | { readonly command: 'classad eval'; readonly options: ClassadEvalOptions }
  | { readonly command: 'version' }
  /** `words`: of the command or group of commands that help is wanted on; none: all. */
  | { readonly command: 'help'; readonly words: readonly string[] };

/** Makes a command's options of its parsed words; an error where they contradict each other. */
export function toInvocation(
  command: CommandName,
  words: ParsedWords,
): Result<Invocation, UsageError> {
  if (command === 'classad eval') {
    const options = { ad: words.text('ad'), expressions: words.operands };
    return ok({ command, options });
  }
  if (command === 'enter') {
    const [job = '', ...rest] = words.operands;
    return ok({ command, options: { job, command: rest } });
  }
  if (command === 'suspend' || command === 'continue') {
    return ok({ command, options: { job: words.operands[0] ?? '' } });
  }
  if (command === 'ps') {
    const [watch, json] = [words.flag('watch'), words.flag('json')];
    return ok({ command, options: { watch, json, address: words.text('address') } });
  }
  if (command === 'account add' || command === 'account remove' || command === 'account list') {
    return accountInvocation(command, words);
  }
  const config = configOptions(words);
  if (!config.ok) return config;
  const [first = '', second = ''] = words.operands;
  switch (command) {
    case 'run':
    case 'plan':
      return runInvocation(command, words, config.value, first);
    case 'doctor':
      return ok({ command, options: { ...config.value, json: words.flag('json') } });
    case 'image add':
      return ok({ command, options: { ...config.value, name: first, source: second } });
    case 'image list':
      return ok({ command, options: config.value });
    case 'image show':
    case 'image remove':
      return ok({ command, options: { ...config.value, name: first } });
    default:
      return assertNever(command);
  }
}

function accountInvocation(
  command: 'account add' | 'account remove' | 'account list',
  words: ParsedWords,
): Result<Invocation, UsageError> {
  const control = words.text('control');
  const [account = ''] = words.operands;
  if (command === 'account list') {
    return ok({ command, options: { control, json: words.flag('json') } });
  }
  if (command === 'account remove') return ok({ command, options: { control, account } });
  const [owner, dedicated] = [words.text('owner'), words.flag('dedicated')];
  if (owner !== undefined && dedicated) {
    return err({ message: '--dedicated is for guest accounts: leave it out, or --owner' });
  }
  return ok({ command, options: { control, account, owner, dedicated } });
}

function configOptions(words: ParsedWords): Result<ConfigOptions, UsageError> {
  const set: KnobSetting[] = [];
  for (const setting of words.list('set')) {
    const equals = setting.indexOf('=');
    if (equals < 1) {
      return err({ message: `--set takes KNOB=VALUE, not '${setting}'` });
    }
    set.push({ name: setting.slice(0, equals).trim(), value: setting.slice(equals + 1) });
  }
  return ok({ configFile: words.text('config'), set });
}

function runInvocation(
  command: 'run' | 'plan',
  words: ParsedWords,
  config: ConfigOptions,
  jobAd: string,
): Result<Invocation, UsageError> {
  const machineAd = words.text('machine-ad');
  if (jobAd === '-' && machineAd === '-') {
    const message =
      'standard input cannot be both the job ad and the machine ad: name a file for one';
    return err({ message });
  }
  const options: RunOptions = {
    ...config,
    jobAd,
    machineAd,
    execute: words.text('execute'),
    result: words.text('result'),
    json: words.flag('json'),
    keep: words.flag('keep'),
    verbose: words.flag('verbose'),
    terminalLog: words.flag('terminal-log'),
    debug: words.text('debug'),
  };
  return ok({ command: words.flag('dry-run') ? 'plan' : command, options });
}
