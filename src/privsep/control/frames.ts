/**
 * How messages of the control endpoint travel: each is a length, four bytes little-endian, and so many
 * bytes of JSON in UTF-8. Pure.
 */
import type { JsonObject } from './types';

/** Bytes of the length. */
export const FRAME_HEAD = 4;

/** The most that a message may have, in bytes, without its length. */
export const FRAME_MAX = 262_144;

/**
 * A message as it travels.
 *
 * @returns undefined where it would be larger than {@link FRAME_MAX}
 */
export function encodeFrame(message: JsonObject): Buffer | undefined {
  const text = Buffer.from(JSON.stringify(message), 'utf8');
  if (text.length > FRAME_MAX) return undefined;
  const frame = Buffer.alloc(FRAME_HEAD + text.length);
  frame.writeUInt32LE(text.length, 0);
  text.copy(frame, FRAME_HEAD);
  return frame;
}

/** Cuts a stream of bytes into messages' bytes. */
export class FrameReader {
  #chunks: Buffer[] = [];
  #held = 0;
  #needed = FRAME_HEAD;

  /**
   * Takes bytes as they come.
   *
   * @returns the messages that are whole now; undefined where what comes is no frame: it is empty, or
   *   larger than {@link FRAME_MAX}
   */
  push(bytes: Buffer): readonly Buffer[] | undefined {
    this.#chunks.push(bytes);
    this.#held += bytes.length;
    const messages: Buffer[] = [];
    while (this.#held >= this.#needed) {
      const all = this.#chunks.length === 1 ? this.#chunks[0] : Buffer.concat(this.#chunks);
      if (all === undefined) break;
      const length = all.readUInt32LE(0);
      if (length === 0 || length > FRAME_MAX) return undefined;
      const end = FRAME_HEAD + length;
      const isWhole = all.length >= end;
      if (isWhole) messages.push(all.subarray(FRAME_HEAD, end));
      this.#needed = isWhole ? FRAME_HEAD : end;
      this.#chunks = [isWhole ? all.subarray(end) : all];
      this.#held = all.length - (isWhole ? end : 0);
    }
    return messages;
  }
}
