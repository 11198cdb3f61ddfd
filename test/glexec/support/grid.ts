/** A site with a CA, Alice, and her proxy, which is mapped to bob. */
import path from 'node:path';
import { type Ending, temporaryDirectory } from '../../support/temporary';
import { Authority, type Credential, proxyFile } from './authority';
import { Site } from './site';

/** Alice's subject in slash form. */
export const ALICE = '/DC=org/DC=example/OU=People/CN=Alice Adams';

/** What a test of glexec begins with. */
export interface Grid {
  readonly site: Site;
  readonly authority: Authority;
  readonly alice: Credential;
}

/**
 * Makes all of it. It vanishes with the test.
 *
 * @param program glexec; the built one where undefined
 * @param authority whose certificates are trusted
 */
export function makeSite(
  t: Ending,
  program?: string,
  authority = new Authority(path.join(temporaryDirectory(t), 'ca')),
): Grid {
  const site = new Site(t, program);
  const alice = authority.user(ALICE);
  authority.install(site.certificates);
  site.write('grid-mapfile', `"${ALICE}" bob\n`);
  site.writeProxy(proxyFile(authority.proxy(alice)));
  return { site, authority, alice };
}
