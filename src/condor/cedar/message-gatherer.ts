/**
 * Joins the packets of a message. A peer may send a byte in each packet: so they are copied into one
 * piece of memory, which grows, and not kept each for itself.
 */
export class MessageGatherer {
  private data: Buffer = Buffer.alloc(0);
  length = 0;

  /** What was added so far. */
  get bytes(): Buffer {
    return this.data.subarray(0, this.length);
  }

  add(payload: Buffer): void {
    // Most messages have one packet, which is not copied.
    if (this.length === 0) this.data = payload;
    else this.append(payload);
    this.length += payload.length;
  }

  private append(payload: Buffer): void {
    const length = this.length + payload.length;
    if (length > this.data.length) {
      const grown = Buffer.allocUnsafe(2 * length);
      this.data.copy(grown, 0, 0, this.length);
      this.data = grown;
    }
    payload.copy(this.data, this.length);
  }
}
