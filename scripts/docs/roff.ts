/**
 * The manual pages' own markup, made into roff for man(7). The markup is a small part of scdoc(5)'s,
 * so that a page's source can be read as it is:
 *
 * ```
 * # SECTION            ## Subsection
 * *bold* _italic_ `as typed`
 *
 * a term
 *     its definition, indented by a tab
 *
 * three backquotes around lines that stay as they are
 * ```
 */

/** A page's place in the manual. */
export interface PageTitle {
  readonly name: string;
  readonly section: number;
}

/** Makes a page of its source. Nothing in it tells when it was made: the same source, the same page. */
export function toRoff({ name, section }: PageTitle, source: string): string {
  const head = [
    `.\\" Made by scripts/docs/build.mjs of docs/man/${name}.${section}.txt and the tables of options.`,
    `.TH ${name.toUpperCase().replaceAll('-', '\\-')} ${section} "" "Eyrie"`,
    '.nh',
    '.ad l',
  ];
  return [...head, ...blocks(source).flatMap(block), ''].join('\n');
}

/** Lines between blank lines; what is fenced by backquotes is one block whatever is in it. */
function blocks(source: string): readonly (readonly string[])[] {
  const found: string[][] = [[]];
  let fenced = false;
  for (const line of source.split('\n')) {
    if (line.trim() === FENCE) {
      fenced = !fenced;
      if (fenced) found.push([line]);
      else found.push([]);
    } else if (line.trim() === '' && !fenced) {
      found.push([]);
    } else {
      found.at(-1)?.push(line);
    }
  }
  return found.filter((lines) => lines.length > 0);
}

const FENCE = '```';

function block(lines: readonly string[]): readonly string[] {
  const [first = '', ...rest] = lines;
  if (first === FENCE) return literal(rest);
  const title = /^(##?) (.*)$/.exec(first);
  if (title) {
    const macro = title[1] === '#' ? '.SH' : '.SS';
    return [`${macro} "${quoted(title[2] ?? '')}"`, ...(rest.length > 0 ? block(rest) : [])];
  }
  if (first.startsWith('\t')) return ['.IP', ...lines.map(definition)];
  if (rest[0]?.startsWith('\t')) return ['.TP', textLine(first), ...rest.map(definition)];
  return ['.PP', ...lines.map(textLine)];
}

function literal(lines: readonly string[]): readonly string[] {
  return ['.PP', '.RS 4', '.nf', ...lines.map((line) => guarded(escape(line))), '.fi', '.RE'];
}

function definition(line: string): string {
  return textLine(line.replace(/^\t/, ''));
}

function textLine(line: string): string {
  return guarded(inline(line));
}

/** A line that begins with a control character would be a request to roff. */
function guarded(line: string): string {
  return /^[.']/.test(line) ? `\\&${line}` : line;
}

/** Bold for what is typed as it stands, italic for what is replaced. */
function inline(text: string): string {
  const marked =
    /\*([^*\s](?:[^*]*[^*\s])?)\*|`([^`]+)`|(?<![A-Za-z0-9])_([^_\s](?:[^_]*[^_\s])?)_(?![A-Za-z0-9])/g;
  let roff = '';
  let done = 0;
  for (const match of text.matchAll(marked)) {
    const [whole, bold, typed, italic] = match;
    roff += escape(text.slice(done, match.index));
    roff +=
      italic === undefined ? `\\fB${escape(bold ?? typed ?? '')}\\fR` : `\\fI${escape(italic)}\\fR`;
    done = match.index + whole.length;
  }
  return roff + escape(text.slice(done));
}

/** Characters that roff takes for something else; a hyphen is to be copied as the one that is typed. */
function escape(text: string): string {
  return Array.from(text)
    .map((character) => {
      if (character === '\\') return '\\e';
      if (character === '-') return '\\-';
      if (character === "'") return '\\(aq';
      if (character === '`') return '\\(ga';
      if (character === '^') return '\\(ha';
      if (character === '~') return '\\(ti';
      const code = character.codePointAt(0) ?? 0;
      return code < 0x7f ? character : `\\[u${code.toString(16).toUpperCase().padStart(4, '0')}]`;
    })
    .join('');
}

/** Inside the quotes of a macro's argument a quote is written twice. */
function quoted(text: string): string {
  return inline(text).replaceAll('"', '""');
}
