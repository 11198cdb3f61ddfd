/**
 * `TransferInputRemaps`: other names for what arrives.
 *
 * Source: the HTCondor manual, condor_submit, `transfer_output_remaps` (the same syntax), and
 * filename_remap_find() of condor_utils.
 */

/**
 * Reads `a = b; c = d/e`. Blanks around names do not count; a backslash takes `;`, `=` and itself
 * literally. An entry without `=` or without a name is skipped, as HTCondor does. Pure.
 */
export function parseRemaps(text: string): ReadonlyMap<string, string> {
  const remaps = new Map<string, string>();
  for (const entry of split(text, ';')) {
    const [name, ...rest] = split(entry, '=');
    if (name === undefined || rest.length === 0) continue;
    const from = unescaped(name.trim());
    const to = unescaped(rest.join('=').trim());
    if (from !== '' && to !== '' && !remaps.has(from)) remaps.set(from, to);
  }
  return remaps;
}

/**
 * The name under which an item arrives: its own entry, or the one of the nearest directory above
 * it. Pure.
 */
export function remapped(remaps: ReadonlyMap<string, string>, name: string): string {
  if (remaps.size === 0) return name;
  for (let end = name.length; end > 0; end = name.lastIndexOf('/', end - 1)) {
    const to = remaps.get(name.slice(0, end));
    if (to !== undefined) return to + name.slice(end);
  }
  return name;
}

/** Cuts at a character that no backslash precedes; backslashes stay. */
function split(text: string, separator: string): readonly string[] {
  const parts: string[] = [''];
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (character === separator) parts.push('');
    else {
      const taken = character === '\\' ? text.slice(at, at + 2) : character;
      parts.push((parts.pop() ?? '') + taken);
      at += taken.length - 1;
    }
  }
  return parts;
}

function unescaped(text: string): string {
  return text.replace(/\\([;=\\])/g, '$1');
}
