/**
 * The shadow's side of a transfer, message by message: what a test does not say is as HTCondor's
 * shadow does it in the recordings.
 */
import assert from 'node:assert/strict';
import { type ClassAd, parseClassAd } from '../../../src/condor/classad';
import type {
  CedarConnection,
  MessageReader,
  MessageWriter,
} from '../../../src/condor/cedar/types';
import { valueOf } from '../../cedar/support/sockets';

/** An ad of lines in the old syntax. */
export function ad(text: string): ClassAd {
  const parsed = parseClassAd(text);
  assert.ok(parsed.ok);
  return parsed.value;
}

/** Something that the shadow sends. */
export type Item =
  | {
      readonly name: string;
      readonly text: string | Buffer;
      readonly mode?: number;
      readonly chunk?: number;
      readonly command?: number;
    }
  | { readonly name: string; readonly directory: number }
  | { readonly name: string; readonly url: string }
  | { readonly name: string; readonly missing: true };

/** Plain messages to and from the starter. */
export class Shadow {
  constructor(readonly connection: CedarConnection) {}

  async say(write: (message: MessageWriter) => void): Promise<void> {
    valueOf(await this.connection.send(write));
  }

  async hear<T>(read: (message: MessageReader) => T): Promise<T> {
    return valueOf(await this.connection.receive(read, { timeout: 20 }));
  }

  int(): Promise<number> {
    return this.hear((message) => message.int());
  }

  string(): Promise<string> {
    return this.hear((message) => message.string());
  }

  ad(): Promise<ClassAd> {
    return this.hear((message) => message.ad());
  }

  /** Key, and what begins an input transfer. */
  async beginInput(size = 0): Promise<void> {
    assert.equal(await this.string(), 'the#key');
    await this.say((m) => m.int(0).ad(ad(`SandboxSize = ${size}`)));
  }

  /** The go-ahead of a sender. */
  async goAheadAsSender(): Promise<void> {
    await this.say((m) => m.int(300));
    const permission = await this.ad();
    assert.equal(permission.integer('Result'), 2);
    assert.equal(permission.integer('MaxTransferBytes'), -1);
    assert.equal(await this.int(), 300);
    await this.say((m) => m.ad(ad('Result = 2')));
  }

  /** Sends items; before the first, go-ahead is exchanged. */
  async sendItems(items: readonly Item[]): Promise<void> {
    for (const [index, item] of items.entries()) {
      await this.say((m) => m.int(commandOf(item)));
      await this.say((m) => m.string(item.name));
      if (index === 0) await this.goAheadAsSender();
      await this.sendBody(item);
    }
  }

  /** Begins to delegate a proxy, as the first item. Gives the request of who is to have it. */
  async beginProxy(name = 'proxy'): Promise<Buffer> {
    await this.say((m) => m.int(4));
    await this.say((m) => m.string(name));
    await this.goAheadAsSender();
    return await this.hear((m) => Buffer.from(m.bytes(m.int())));
  }

  async sendBody(item: Item): Promise<void> {
    if ('directory' in item) await this.say((m) => m.int(0o40000 | item.directory));
    else if ('url' in item) await this.say((m) => m.string(item.url));
    else if ('missing' in item) {
      await this.say((m) => m.int(1 << 24));
      await this.say((m) => m.int(0).int(1));
      await this.say((m) => m.int(666));
    } else await this.sendContents(item);
  }

  private async sendContents(item: Extract<Item, { text: unknown }>): Promise<void> {
    const bytes = Buffer.from(item.text as string);
    const chunk = item.chunk ?? 262_144;
    await this.say((m) => m.int(item.mode ?? 0o644));
    await this.say((m) => m.int(bytes.length).int(chunk));
    for (let at = 0; at < bytes.length; at += chunk) {
      valueOf(await this.connection.sendBytes(bytes.subarray(at, at + chunk)));
    }
    if (bytes.length === 0) await this.say((m) => m.int(666));
  }

  /** Ends an input transfer; gives the starter's final report. */
  async endInput(report = 'Result = 0'): Promise<ClassAd> {
    await this.say((m) => m.int(0));
    await this.say((m) => m.ad(ad(report)));
    return await this.ad();
  }

  /** Receives a whole output transfer. */
  async receiveOutput(
    options: { maxBytes?: number; report?: string; once?: boolean; discard?: boolean } = {},
  ): Promise<Received> {
    assert.equal(await this.string(), 'the#key');
    const [final, size] = await this.hear((m) => [m.int(), m.ad().integer('SandboxSize')] as const);
    const items: string[] = [];
    const contents = new Map<string, Buffer>();
    let asked = false;
    for (let command = await this.int(); command !== 0; command = await this.int()) {
      const name = await this.string();
      if (!asked || options.once === true) {
        assert.equal(await this.int(), 300);
        const limit = `MaxTransferBytes = ${options.maxBytes ?? -1}`;
        await this.say((m) => m.ad(ad(`Result = ${options.once === true ? 1 : 2}\n${limit}`)));
      }
      if (!asked) {
        await this.say((m) => m.int(300));
        assert.equal((await this.ad()).integer('Result'), 2);
        asked = true;
      }
      items.push(
        await this.receiveBody(command, name, options.discard === true ? undefined : contents),
      );
    }
    const theirs = await this.ad();
    await this.say((m) => m.ad(ad(options.report ?? 'Result = 0')));
    return { final, size, items, contents, report: theirs };
  }

  private async receiveBody(
    command: number,
    name: string,
    contents: Map<string, Buffer> | undefined,
  ): Promise<string> {
    const mode = await this.int();
    if (command === 6) return `${name}/ ${mode.toString(8)}`;
    assert.equal(command, 1);
    const [size, chunk] = await this.hear((m) => [m.int(), m.int()] as const);
    const pieces: Buffer[] = [];
    for (let left = size; left > 0; left -= chunk) {
      const length = Math.min(left, chunk);
      const receive = this.connection.receiveBytes(length, (piece) => {
        if (contents !== undefined) pieces.push(Buffer.from(piece));
      });
      valueOf(await receive);
    }
    if (size === 0) assert.equal(await this.int(), 666);
    if (mode === 1 << 24) return `${name} missing`;
    contents?.set(name, Buffer.concat(pieces));
    return `${name} ${mode.toString(8)}`;
  }
}

/** What a starter sent. */
export interface Received {
  readonly final: number;
  readonly size: number | undefined;
  readonly items: readonly string[];
  readonly contents: ReadonlyMap<string, Buffer>;
  readonly report: ClassAd;
}

function commandOf(item: Item): number {
  if ('directory' in item) return 6;
  if ('url' in item) return 5;
  return 'text' in item ? (item.command ?? 1) : 1;
}
