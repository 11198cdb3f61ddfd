/** How programs are bundled. */
import { libraryShims } from './library-shims.mjs';
import { besideBundle, nativeAddons } from './native-addons.mjs';
import { COMMON, defines } from './options.mjs';

/**
 * Names stay as they are, so that a stack trace can be read; that costs nothing at start. yargs
 * asks for import.meta.url, which a CommonJS module does not have.
 *
 * @type {import('esbuild').BuildOptions}
 */
export const PROGRAM_OPTIONS = {
  ...COMMON,
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  banner: { js: "var __importMetaUrl = 'file://' + encodeURI(__filename);" },
  define: { ...defines(), 'import.meta.url': '__importMetaUrl' },
  plugins: [nativeAddons(besideBundle), libraryShims],
};
