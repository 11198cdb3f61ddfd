/**
 * The wire of HTCondor's condor_procd: requests and replies as plain values and as bytes, for a
 * client and for a procd. Pure.
 */
export {
  ANCESTOR_PREFIX,
  ANCESTOR_SIZE_MAX,
  ANCESTORS_MAX,
  fitsAncestorRecord,
} from './ancestor-record';
export { CURRENT_DIALECT, type Dialect, dialectNames, dialectOf } from './dialects';
export type { DumpedFamily, DumpedProcess } from './dump-record';
export { replyPipe, watchdogPipe } from './pipe-names';
export {
  encodeReply,
  type ProcdReply,
  type ReadReply,
  type ReplyBody,
  ReplyReader,
} from './replies';
export { encodeRequest } from './request-codec';
export { type Arrival, RequestParser } from './request-parser';
export { type ClientId, type ProcdCommand, type ProcdRequest, REQUEST_SIZE_MAX } from './requests';
export { type ProcdRefusal, type ProcdResult, refusalWords } from './results';
export type { ProcdUsage } from './usage-record';
