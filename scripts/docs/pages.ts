/** The files that are made of the tables and of hand-written text, by path from the root. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { bashCompletion } from './completion';
import { LISTS } from './option-lists';
import { toRoff } from './roff';
import type { PageTitle } from './roff';

const PAGES: readonly PageTitle[] = [
  { name: 'eyrie', section: 1 },
  { name: 'glexec', section: 1 },
  { name: 'condor_starter', section: 8 },
  { name: 'condor_procd', section: 8 },
  { name: 'condor_glexec', section: 8 },
];

/** Makes all of them: path and content. */
export function makeDocuments(root: string): ReadonlyMap<string, string> {
  const documents = new Map([['docs/completion/eyrie.bash', bashCompletion()]]);
  for (const page of PAGES) {
    const file = `docs/man/${page.name}.${page.section}`;
    const source = readFileSync(path.join(root, `${file}.txt`), 'utf8');
    documents.set(file, toRoff(page, withLists(source)));
  }
  return documents;
}

/** Puts the lists where the source names them, alone on a line. */
export function withLists(source: string): string {
  return source.replace(/^@[a-z-]+$/gm, (name) => {
    const make = Object.hasOwn(LISTS, name) ? LISTS[name] : undefined;
    if (make === undefined)
      throw new Error(`there is no list ${name}: ${Object.keys(LISTS).join(', ')}`);
    return make();
  });
}
