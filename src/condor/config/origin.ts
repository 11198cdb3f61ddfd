/**
 * Who set a knob, and how that is said in messages.
 */

/** Where a knob's value comes from. */
export type Origin =
  | { readonly kind: 'file'; readonly file: string; readonly line: number }
  /** `--set KNOB=VALUE` */
  | { readonly kind: 'command line' }
  /** `_CONDOR_KNOB=VALUE` */
  | { readonly kind: 'environment'; readonly variable: string }
  | { readonly kind: 'default' };

/** An origin in words: `/etc/eyrie/starter.ini:12`, `--set`, `_CONDOR_EXECUTE`, `default`. */
export function describeOrigin(origin: Origin): string {
  switch (origin.kind) {
    case 'file':
      return `${origin.file}:${origin.line}`;
    case 'command line':
      return '--set';
    case 'environment':
      return origin.variable;
    case 'default':
      return 'default';
  }
}

/**
 * One sentence about a setting: `EXECUTE = scratch (/etc/eyrie/starter.ini:12): expected …`.
 *
 * @param trouble what is wrong, and what to write instead
 */
export function describeTrouble(
  setting: { readonly name: string; readonly text: string; readonly origin: Origin },
  trouble: string,
): string {
  const { name, text, origin } = setting;
  return `${name} = ${text} (${describeOrigin(origin)}): ${trouble}`;
}
