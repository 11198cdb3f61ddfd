/** What glexec refuses of a grid-mapfile, and of what it maps to. */
import { after, describe } from 'node:test';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { ALICE, makeSite } from './support/grid';
import { refuses, type Row } from './support/refusal';

const skip = skipIf(needsRoot() ?? needsProduct());

describe('glexec refuses', { skip }, () => {
  const grid = makeSite({ after });
  const { authority, alice } = grid;
  const proxy = authority.proxy(alice);
  const mapped = (name: string, text: string, code: number, reason: RegExp): Row => [
    name,
    ({ site }) => site.write('grid-mapfile', text),
    code,
    reason,
  ];
  const rows = (given: readonly Row[]) => refuses(grid, proxy, given);

  describe('a mapping', () => {
    rows([
      mapped(
        'without the subject',
        '"/DC=org/CN=Someone" bob\n',
        203,
        /grid-mapfile does not map \/DC=org/,
      ),
      mapped('that is empty', '', 203, /does not map/),
      mapped('with the subject in a comment', `# "${ALICE}" bob\n`, 203, /does not map/),
      mapped(
        'with the beginning of the subject',
        `"${ALICE.slice(0, -1)}" bob\n`,
        203,
        /does not map/,
      ),
      mapped('with a star in the middle', '"/DC=org/*/CN=Alice Adams" bob\n', 203, /does not map/),
      mapped('to root', `"${ALICE}" root\n`, 203, /mapped to root, which is root's/),
      mapped('to the caller', `"${ALICE}" caller\n`, 203, /which is the caller's own/),
      mapped(
        'to an account that is missing',
        `"${ALICE}" nobodyhere\n`,
        202,
        /which is no account here/,
      ),
      mapped('to a path', `"${ALICE}" ../bob\n`, 202, /line 1 is malformed/),
      mapped('to nothing', `"${ALICE}"\n`, 202, /line 1 is malformed/),
      mapped('to an empty pool', `"${ALICE}" .\n`, 202, /line 1 is malformed/),
      mapped('whose quote is not closed', `# x\n"${ALICE} bob\n`, 202, /line 2 is malformed/),
      mapped('with a subject that is none', 'alice bob\n', 202, /line 1 is malformed/),
      [
        'that everybody can write',
        ({ site }) => site.write('grid-mapfile', `"${ALICE}" bob\n`, 0o666),
        202,
        /gridmapfile: .*can be written by everybody/,
      ],
      [
        'that is missing',
        () => ({ prepare: 'rm /etc/grid-mapfile' }),
        202,
        /gridmapfile: .*No such file/,
      ],
      [
        'that is a link',
        () => ({ prepare: 'mv /etc/grid-mapfile /etc/m; ln -s m /etc/grid-mapfile' }),
        202,
        /is a symbolic link/,
      ],
      [
        'to an account below minimum_uid',
        ({ site }) => site.configure({ minimum_uid: '70000' }),
        203,
        /below minimum_uid or minimum_gid/,
      ],
      [
        'to an account below minimum_gid',
        ({ site }) => site.configure({ minimum_gid: '70000' }),
        203,
        /below minimum_uid or minimum_gid/,
      ],
      mapped(
        'to a pool without a directory',
        `"${ALICE}" .pool\n`,
        202,
        /gridmapdir: .*No such file/,
      ),
    ]);
  });
});
