/**
 * Checks: Eyrie's own parts.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { describeOrigin } from '../../condor/config';
import { accountById } from '../../kernel/accounts';
import { type NativeFile, nativePath } from '../../kernel/native-files';
import { type Check, type Finding, limited, preventsJobs, type Topic, works } from './check';

const NODE: Check = {
  id: 'node',
  title: 'Node.js',
  neededFor: 'everything',
  // The loader refuses a Node that is too old before this runs.
  run: () => works(`${process.versions.node}, ${process.execPath}`),
};

const BUILD = 'build it with "make", or install Eyrie again';

const NATIVE_FILES: readonly { readonly file: NativeFile; readonly neededFor: string }[] = [
  { file: 'libeyrie.so', neededFor: 'calls to the kernel' },
  { file: 'eyrie-init', neededFor: 'starting and watching jobs' },
  { file: 'eyrie-tree', neededFor: 'removing sandboxes' },
  { file: 'eyrie-account', neededFor: 'cleaning guest accounts of the process control daemon' },
  { file: 'eyrie-files', neededFor: 'transferring files' },
  { file: 'eyrie-enter', neededFor: 'eyrie enter' },
  { file: 'eyrie-families', neededFor: 'condor_procd' },
];

function nativeCheck({ file, neededFor }: (typeof NATIVE_FILES)[number]): Check {
  return {
    id: file,
    title: file,
    neededFor,
    run: ({ bundle }) =>
      (file === 'libeyrie.so' ? loadLibrary() : undefined) ?? examineFile(nativePath(file), bundle),
  };
}

/** That it is there is not enough: it, ffi-napi and ref-napi must be made for this machine. */
function loadLibrary(): Finding | undefined {
  try {
    accountById(0);
    return undefined;
  } catch (error) {
    return preventsJobs(`cannot be loaded: ${(error as Error).message}`, BUILD);
  }
}

const WRITABLE_BY_OTHERS = 0o022;

/** It must be there, usable, and nobody's to change but root's, ours, or who owns this program. */
function examineFile(file: string, bundle: string): Finding {
  try {
    accessSync(file, file.endsWith('.so') ? constants.R_OK : constants.X_OK);
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    return preventsJobs(`${file}: ${code}`, BUILD);
  }
  const { uid, mode } = statSync(file);
  const trusted = [0, process.geteuid?.(), statSync(bundle).uid];
  if (!trusted.includes(uid)) {
    return limited(`${file} belongs to uid ${uid}, who could exchange it`, `chown root ${file}`);
  }
  return (mode & WRITABLE_BY_OTHERS) === 0
    ? works(file)
    : limited(`others can write ${file}`, `chmod go-w ${file}`);
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
