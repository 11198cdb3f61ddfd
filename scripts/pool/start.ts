/**
 * The command that starts a test pool for a person.
 */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Pool, type PoolOptions, startPool } from '../../test/pool/support/pool';
import { installedVersion, needsPools, RELEASES } from '../../test/pool/support/releases';

const HELP = `usage: node scripts/pool/start.mjs [OPTION]...

  --version RELEASE    23.9 (the default) or 25.14
  --starter PROGRAM    our starter, TREE/bin/condor_starter of a built or installed tree;
                       HTCondor's own where absent
  --slots NUMBER       jobs that run at a time: 2
  --as USER            who runs the daemons: root (the default) or alice
  --set KNOB=VALUE     a knob of the pool's configuration; may be repeated
`;

const OPTIONS = {
  version: { type: 'string', default: '23.9' },
  starter: { type: 'string' },
  slots: { type: 'string', default: '2' },
  as: { type: 'string', default: 'root' },
  set: { type: 'string', multiple: true },
  help: { type: 'boolean', default: false },
} as const;

/**
 * Starts the pool, tells how to use it, and stops it at SIGINT, SIGTERM or SIGHUP.
 *
 * @param args the words of the command line
 * @returns the exit status
 */
export async function main(args: readonly string[]): Promise<number> {
  const options = readOptions(args);
  const trouble = typeof options === 'string' ? options : needsPools();
  if (typeof options === 'string' || trouble !== undefined) {
    process.stderr.write(`${trouble}\n`);
    return trouble === HELP ? 0 : 2;
  }
  let stop = (): Promise<void> => Promise.resolve();
  const interrupted = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, resolve);
  });
  const ending = { after: (ends: () => Promise<void>) => void (stop = ends) };
  const started = startPool(ending, options).then((pool) => process.stdout.write(howTo(pool)));
  await Promise.race([interrupted, started.then(() => interrupted)]);
  await stop();
  return 0;
}

/** The pool that is asked for, or what to tell the person. */
function readOptions(args: readonly string[]): PoolOptions | string {
  try {
    const { values } = parseArgs({ args: [...args], options: OPTIONS });
    if (values.help) return HELP;
    const release = RELEASES.find((name) => name === values.version);
    if (release === undefined) return `--version is one of ${RELEASES.join(', ')}`;
    if (values.as !== 'root' && values.as !== 'alice') return '--as is root or alice';
    return {
      release,
      slots: Number(values.slots),
      as: values.as,
      knobs: readKnobs(values.set ?? []),
      ...(values.starter === undefined ? {} : ourStarter(values.starter)),
    };
  } catch (error) {
    return `${(error as Error).message}\n${HELP}`;
  }
}

function readKnobs(settings: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    settings.map((setting) => {
      const [name = '', ...value] = setting.split('=');
      return [name.trim(), value.join('=').trim()];
    }),
  );
}

function ourStarter(program: string): Pick<PoolOptions, 'starter' | 'tree'> {
  return { starter: 'eyrie', tree: path.resolve(program, '../..') };
}

function howTo({ release, starter, directory, namespace }: Pool): string {
  const shell = ['nsenter', '-t', `${namespace.pid}`, '-m', '-p', '--', 'env', '-i', '-C'];
  const environment = [`'${namespace.environment.join("' '")}'`, 'TERM="$TERM"'];
  const enter = [...shell, '/pool/submit', ...environment];
  return `HTCondor ${installedVersion(release)} with ${starter === 'eyrie' ? 'our' : 'its own'} starter is up.

As root:   ${enter.join(' ')} bash
As alice:  ${enter.join(' ')} setpriv --reuid=alice --regid=alice --init-groups bash
Outside:   ${directory} (inside: /pool), with log/, execute/ and submit/

Ctrl-C, or kill ${process.pid}, stops it and removes the directory.
`;
}
