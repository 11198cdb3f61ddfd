import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { toRoff } from '../../scripts/docs/roff';

/** The roff of a source, without the page's head. */
function body(source: string): string {
  const lines = toRoff({ name: 'x', section: 1 }, source).split('\n');
  return lines.slice(lines.indexOf('.ad l') + 1).join('\n');
}

describe('the markup of the manual pages', () => {
  const rows: readonly (readonly [what: string, source: string, roff: string])[] = [
    ['a section', '# NAME', '.SH "NAME"\n'],
    ['a section with its text', '# NAME\ntext', '.SH "NAME"\n.PP\ntext\n'],
    ['a subsection', '## eyrie run', '.SS "eyrie run"\n'],
    ['paragraphs', 'one\ntwo\n\nthree', '.PP\none\ntwo\n.PP\nthree\n'],
    ['a term with its definition', '*-v*\n\tTell.\n\tMore.', '.TP\n\\fB\\-v\\fR\nTell.\nMore.\n'],
    ['a second paragraph of a definition', 'a\n\tb\n\n\tc', '.TP\na\nb\n.IP\nc\n'],
    [
      'lines as they stand',
      '```\n-a *b*\n\n.c\n```',
      '.PP\n.RS 4\n.nf\n\\-a *b*\n\n\\&.c\n.fi\n.RE\n',
    ],
    ['italic', 'an _N_ here', '.PP\nan \\fIN\\fR here\n'],
    ['no italic inside words', 'dir_1_2 and JOB_AD_X', '.PP\ndir_1_2 and JOB_AD_X\n'],
    ['what is typed', '`a * b`', '.PP\n\\fBa * b\\fR\n'],
    ['a lone star', '2 * 3 * 4', '.PP\n2 * 3 * 4\n'],
    ['a line that begins with a dot', '.TH', '.PP\n\\&.TH\n'],
    ['a line that begins with a quote', "'tis", '.PP\n\\(aqtis\n'],
    ['backslashes', 'a\\b', '.PP\na\\eb\n'],
    ['other letters than those of ASCII', 'a\u2026\u00e9', '.PP\na\\[u2026]\\[u00E9]\n'],
    ['quotes in a title', '# A "B"', '.SH "A ""B"""\n'],
  ];
  for (const [what, source, roff] of rows) {
    test(`makes ${what}`, () => assert.equal(body(source), roff));
  }

  test('names the page and its section', () => {
    assert.match(toRoff({ name: 'a-b', section: 8 }, ''), /^\.TH A\\-B 8 "" "Eyrie"$/m);
  });

  test('never lets text become a request or leave ASCII, whatever the text', () => {
    const requests = /^\.(PP|TP|IP|SH|SS|RS|RE|nf|fi)( |$)/;
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        for (const line of body(text).split('\n')) {
          assert.match(line, /^[\t\x20-\x7e\x01-\x1f\x7f]*$/);
          if (/^[.']/.test(line)) assert.match(line, requests);
        }
      }),
    );
  });
});
