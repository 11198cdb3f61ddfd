/**
 * Where the tree under test is.
 */
declare const __EYRIE_ROOT__: string;

/** The source tree's top directory; scripts/test.mjs sets it at build time. */
export const TREE: string = __EYRIE_ROOT__;
