/**
 * A site of its own with glexec: /etc with accounts that the machine does not have, glexec.conf, a CA
 * and a grid-mapfile. glexec is called in a mount namespace where that is /etc.
 */
import {
  copyFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { type CommandResult, type RunningCommand, startCommand } from '../../support/command';
import { TREE } from '../../support/root';
import { type Ending, temporaryDirectory } from '../../support/temporary';

/** Uids and gids of the accounts in the site's passwd. */
export const UIDS = {
  caller: 60101,
  other: 60102,
  bob: 60110,
  pool001: 60111,
  pool002: 60112,
  pool003: 60113,
  cleaner: 60120,
} as const;
export type Account = keyof typeof UIDS;

const GROUPS: readonly string[] = [
  'root:x:0:',
  'nogroup:x:65534:',
  'pilots:x:60150:caller',
  'science:x:60151:bob',
  'cleaners:x:60152:',
];

/** What glexec is called with. */
export interface Call {
  /** The command; `/bin/true` where undefined. */
  readonly argv?: readonly string[];
  /** Who calls, or the number of nobody in passwd; `caller` where undefined. */
  readonly as?: Account | number;
  /** The caller's environment beside GLEXEC_CLIENT_CERT; undefined removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  /** Shell text that is obeyed as root in the namespace before, with `$SITE`. */
  readonly prepare?: string;
  /** Shell text that the caller obeys before it becomes glexec. */
  readonly before?: string;
  /** A program and arguments that the caller starts glexec with. */
  readonly through?: readonly string[];
}

/** A site, with a directory that is the caller's for proxies and what payloads write. */
export class Site {
  readonly etc: string;
  /** Where the caller keeps its proxy: /var/tmp/…/caller. */
  readonly home: string;
  /** What every account may write. */
  readonly shared: string;
  readonly glexec: string;
  readonly proxy: string;
  readonly certificates: string;
  readonly #directory: string;

  constructor(t: Ending, program = path.join(TREE, 'dist/libexec/eyrie/glexec')) {
    this.#directory = temporaryDirectory(t);
    const make = (name: string, mode: number, uid = 0) => {
      const made = path.join(this.#directory, name);
      mkdirSync(made);
      chmodSync(made, mode);
      chownSync(made, uid, uid);
      return made;
    };
    this.etc = make('etc', 0o755);
    this.home = make('caller', 0o755, UIDS.caller);
    this.shared = make('shared', 0o1777);
    this.certificates = path.join(this.etc, 'certificates');
    this.makeCertificates();
    this.glexec = path.join(this.#directory, 'glexec');
    copyFileSync(program, this.glexec);
    this.makeSetuid();
    this.proxy = path.join(this.home, 'proxy');
    this.#writeAccounts();
    this.configure();
  }

  /** Puts /etc itself and the log back to what they were. */
  restore(): void {
    chownSync(this.etc, 0, 0);
    chmodSync(this.etc, 0o755);
    rmSync(path.join(this.etc, 'log'), { force: true });
  }

  /** Writes glexec.conf: the usual keys, changed by `keys`; undefined leaves one out. */
  configure(keys: Readonly<Record<string, string | undefined>> = {}): void {
    const all: Record<string, string | undefined> = {
      user_white_list: 'caller',
      log_destination: 'file',
      log_file: '/etc/log',
      log_level: '5',
      certdir: '/etc/certificates',
      gridmapfile: '/etc/grid-mapfile',
      gridmapdir: '/etc/gridmapdir',
      create_target_proxy: 'no',
      ...keys,
    };
    const lines = Object.entries(all).flatMap(([key, value]) =>
      value === undefined ? [] : [`${key} = ${value}`],
    );
    this.write('glexec.conf', `[glexec]\n${lines.join('\n')}\n`, 0o640);
  }

  /** Writes a file of /etc. */
  write(name: string, text: string, mode = 0o644): void {
    const file = path.join(this.etc, name);
    rmSync(file, { force: true, recursive: true });
    writeFileSync(file, text);
    chmodSync(file, mode);
  }

  /** Writes the caller's proxy file, or another one that is named. */
  writeProxy(
    text: string,
    options: { readonly file?: string; readonly mode?: number; readonly uid?: number } = {},
  ): string {
    const file = options.file ?? this.proxy;
    rmSync(file, { force: true, recursive: true });
    writeFileSync(file, text);
    chownSync(file, options.uid ?? UIDS.caller, options.uid ?? UIDS.caller);
    chmodSync(file, options.mode ?? 0o600);
    return file;
  }

  /** Gives the program the mode that it is meant to be installed with. */
  makeSetuid(): void {
    chmodSync(this.glexec, 0o4111);
  }

  /** Makes the CA directory, empty. */
  makeCertificates(): void {
    mkdirSync(this.certificates);
    chmodSync(this.certificates, 0o755);
  }

  /** Makes the gridmapdir with these accounts free. */
  makePool(...accounts: readonly string[]): void {
    const directory = path.join(this.etc, 'gridmapdir');
    rmSync(directory, { force: true, recursive: true });
    mkdirSync(directory);
    for (const account of accounts) writeFileSync(path.join(directory, account), '');
  }

  /** What was logged since the last call of this. */
  takeLog(): string {
    const file = path.join(this.etc, 'log');
    if (!existsSync(file)) return '';
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, '');
    return text;
  }

  /** Starts glexec. The pid is glexec's own. */
  start(call: Call = {}): RunningCommand {
    const as = call.as ?? 'caller';
    const variables: Call['env'] = { GLEXEC_CLIENT_CERT: this.proxy, ...call.env };
    const env = Object.entries(variables).flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${value}`],
    );
    const script = `mount --bind "$SITE/etc" /etc; ${call.prepare ?? ':'}
exec setpriv --reuid=${as} --regid=${as} --${typeof as === 'number' ? 'clear' : 'init'}-groups -- /bin/sh -c '${call.before ?? ':'}; exec env -i "$@"' sh "$@"`;
    return startCommand(
      [
        'unshare',
        '--mount',
        '--propagation',
        'private',
        'sh',
        '-ec',
        script,
        'sh',
        ...env,
        ...(call.through ?? []),
        this.glexec,
        ...(call.argv ?? ['/bin/true']),
      ],
      {
        env: { SITE: this.#directory, PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
        ...(call.input === undefined ? {} : { input: call.input }),
      },
    );
  }

  /** Runs glexec to its end. */
  run(call: Call = {}): Promise<CommandResult> {
    return this.start(call).ended;
  }

  #writeAccounts(): void {
    const accounts = Object.entries(UIDS).map(
      ([name, uid]) => `${name}:x:${uid}:${uid}::/home/${name}:/bin/sh`,
    );
    const groups = Object.entries(UIDS).map(([name, gid]) => `${name}:x:${gid}:`);
    this.write(
      'passwd',
      [
        'root:x:0:0:root:/root:/bin/sh',
        'nobody:x:65534:65534::/nonexistent:/bin/false',
        ...accounts,
        '',
      ].join('\n'),
    );
    this.write('group', [...GROUPS, ...groups, ''].join('\n'));
    this.write('nsswitch.conf', 'passwd: files\ngroup: files\n');
    if (existsSync('/etc/ld.so.cache'))
      copyFileSync('/etc/ld.so.cache', path.join(this.etc, 'ld.so.cache'));
  }
}
