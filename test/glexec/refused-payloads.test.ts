/** What glexec refuses of a command, and of the place for a target proxy. */
import { chmodSync, chownSync, linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, describe } from 'node:test';
import { needsProduct, needsRoot, skipIf } from '../support/need';
import { type Grid, makeSite } from './support/grid';
import { refuses, type Row } from './support/refusal';
import { UIDS } from './support/site';

const skip = skipIf(needsRoot() ?? needsProduct());

describe('glexec refuses', { skip }, () => {
  const grid = makeSite({ after });
  const proxy = grid.authority.proxy(grid.alice);
  const rows = (given: readonly Row[]) => refuses(grid, proxy, given);

  describe('a command', () => {
    const script =
      (mode: number) =>
      ({ site }: Grid): Call => {
        const command = path.join(site.shared, `script${mode.toString(8)}`);
        writeFileSync(command, '#!/bin/sh\necho ran\n');
        chmodSync(command, mode);
        return { argv: [command] };
      };
    type Call = { readonly argv: readonly string[] };
    rows([
      [
        'that is relative',
        () => ({ argv: ['echo', 'ran'] }),
        201,
        /command echo is no absolute path/,
      ],
      [
        'that is empty',
        () => ({ argv: ['', 'ran'] }),
        201,
        /command \(empty\) is no absolute path/,
      ],
      [
        'that is missing',
        () => ({ argv: ['/bin/nosuch'] }),
        201,
        /command \/bin\/nosuch: No such file/,
      ],
      ['below a file', () => ({ argv: ['/etc/passwd/x'] }), 201, /Not a directory/],
      ['that is a directory', () => ({ argv: ['/bin/'] }), 201, /is not a regular file/],
      [
        'that is a number, as the old form had it',
        () => ({ argv: ['1000', '1000', '/bin/echo'] }),
        201,
        /no absolute path/,
      ],
      [
        'that nobody can execute',
        script(0o644),
        126,
        /the target may not execute it: Permission denied/,
      ],
      [
        'that only root can execute',
        script(0o700),
        126,
        /the target may not execute it: Permission denied/,
      ],
      [
        'without a program to interpret it',
        (g) => {
          const command = `${g.site.shared}/lost`;
          writeFileSync(command, '#!/nonexistent\n');
          chmodSync(command, 0o755);
          return { argv: [command] };
        },
        126,
        /cannot execute .*lost: No such file/,
      ],
      [
        'in a directory that only root may enter',
        ({ site }) => {
          mkdirSync(`${site.shared}/closed`, { mode: 0o700 });
          return { argv: [`${site.shared}/closed/x`] };
        },
        126,
        /Permission denied/,
      ],
      [
        'that is a link, where that is prohibited',
        ({ site }) => {
          symlinkSync('/bin/echo', `${site.shared}/echo`);
          site.configure({ prohibit_exec_via_symlink: 'yes' });
          return { argv: [`${site.shared}/echo`, 'ran'] };
        },
        201,
        /command .* is a symbolic link/,
      ],
    ]);
  });

  describe('a target proxy', () => {
    const target = (name: string, to: (g: Grid) => string, reason: RegExp): Row => [
      name,
      (g) => {
        g.site.configure({ create_target_proxy: 'yes' });
        return { env: { GLEXEC_TARGET_PROXY: to(g) } };
      },
      201,
      reason,
    ];
    rows([
      target('with a relative path', () => 'x', /target proxy x is no absolute path/),
      target('with an empty path', () => '', /target proxy \(empty\) is no absolute path/),
      target(
        'in a directory that is missing',
        () => '/nonexistent/x',
        /its directory: No such file/,
      ),
      target(
        "in the caller's directory",
        ({ site }) => `${site.home}/x`,
        /its directory must be bob's/,
      ),
      target(
        'in a directory that everybody can write',
        ({ site }) => {
          const d = `${site.shared}/open`;
          mkdirSync(d);
          chownSync(d, UIDS.bob, UIDS.bob);
          chmodSync(d, 0o777);
          return `${d}/x`;
        },
        /not writable by everybody/,
      ),
      target(
        'through a link',
        ({ site }) => {
          symlinkSync(site.shared, `${site.shared}/way`);
          return `${site.shared}/way/x`;
        },
        /its directory: Too many levels/,
      ),
      target(
        'over a file of the caller',
        ({ site }) => {
          const f = `${site.shared}/callers`;
          writeFileSync(f, '');
          chownSync(f, UIDS.caller, UIDS.caller);
          chmodSync(f, 0o666);
          return f;
        },
        /is there and not the target's file/,
      ),
      target(
        'over a link',
        ({ site }) => {
          symlinkSync('nowhere', `${site.shared}/dangling`);
          return `${site.shared}/dangling`;
        },
        /Too many levels/,
      ),
      target(
        'over a file with two names',
        ({ site }) => {
          const f = `${site.shared}/one`;
          writeFileSync(f, '');
          chownSync(f, UIDS.bob, UIDS.bob);
          linkSync(f, `${site.shared}/two`);
          return f;
        },
        /not the target's file/,
      ),
      [
        'from a source that others can read',
        (g) => {
          g.site.configure({ create_target_proxy: 'yes' });
          const source = g.site.writeProxy('x', { file: `${g.site.home}/source`, mode: 0o644 });
          return { env: { GLEXEC_SOURCE_PROXY: source } };
        },
        201,
        /source has mode 0644/,
      ],
      [
        'from an empty source',
        (g) => {
          g.site.configure({ create_target_proxy: 'yes' });
          return { env: { GLEXEC_SOURCE_PROXY: '' } };
        },
        201,
        /proxy \(empty\)/,
      ],
    ]);
  });
});
