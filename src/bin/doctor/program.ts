/**
 * Checks: Eyrie's own parts.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { describeOrigin } from '../../condor/config';
import { type NativeFile, nativePath } from '../../kernel/native-files';
import { type Check, type Finding, preventsJobs, type Topic, works } from './check';

const NODE: Check = {
  id: 'node',
  title: 'Node.js',
  neededFor: 'everything',
  // The loader refuses a Node that is too old before this runs.
  run: () => works(`${process.versions.node}, ${process.execPath}`),
};

const NATIVE_FILES: readonly { readonly file: NativeFile; readonly neededFor: string }[] = [
  { file: 'libeyrie.so', neededFor: 'calls to the kernel' },
  { file: 'eyrie-init', neededFor: 'starting and watching jobs' },
  { file: 'eyrie-tree', neededFor: 'removing sandboxes' },
];

function nativeCheck({ file, neededFor }: (typeof NATIVE_FILES)[number]): Check {
  return { id: file, title: file, neededFor, run: () => examineFile(nativePath(file)) };
}

const WRITABLE_BY_OTHERS = 0o022;

/** It must be there, usable, and nobody's to change but root's and its user's. */
function examineFile(file: string): Finding {
  const remedy = 'build it with "make", or install Eyrie again';
  try {
    accessSync(file, file.endsWith('.so') ? constants.R_OK : constants.X_OK);
  } catch (error) {
    return preventsJobs(`${file}: ${(error as NodeJS.ErrnoException).code ?? error}`, remedy);
  }
  const { uid, mode } = statSync(file);
  if (uid !== 0 && uid !== process.geteuid?.()) {
    return preventsJobs(`${file} belongs to uid ${uid}`, `chown root ${file}`);
  }
  return (mode & WRITABLE_BY_OTHERS) === 0
    ? works(file)
    : preventsJobs(`others can write ${file}`, `chmod go-w ${file}`);
}

const CONFIGURATION: Check = {
  id: 'configuration',
  title: 'configuration',
  neededFor: 'knobs',
  run: ({ config }) => {
    if (!config.ok) {
      const messages = config.error.map((each) => each.message);
      return preventsJobs(messages.join('; '), 'correct it');
    }
    const origin = config.value.origin('EXECUTE');
    return works(`read; EXECUTE by ${describeOrigin(origin)}`);
  },
};

/** Eyrie itself. */
export const PROGRAM: Topic = {
  title: 'Eyrie',
  checks: [NODE, ...NATIVE_FILES.map(nativeCheck), CONFIGURATION],
};
