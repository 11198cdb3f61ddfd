/** Eyrie's version, from package.json; the build puts it in. */
declare const __EYRIE_VERSION__: string;

/** `1.2.3` */
export const VERSION: string = __EYRIE_VERSION__;
