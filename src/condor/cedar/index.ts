/**
 * CEDAR, HTCondor's wire: connections, messages, sessions, and how others reach us. The words of the
 * room are in types.ts.
 */
export { CommandServer, type CommandServerOptions } from './command-server';
export { CedarSocket } from './connection';
export { inheritedConnection } from './inherited';
export { deriveSessionKey } from './packet-cipher';
export { type CommandRequest, connectCommand } from './resume-client';
export {
  type DescriptorReceiver,
  listenShared,
  listenTcp,
  type ListenOptions,
  type Listener,
} from './endpoints';
export { parseSinful, printSinful, type Sinful, sinfulParameter, sinfulTargets } from './sinful';
export type {
  CedarConnection,
  MessageReader,
  MessageWriter,
  ReceiveOptions,
  SecuritySession,
  WireError,
} from './types';
export { WireTrouble } from './wire-trouble';
