/** Bytes of a gathered piece, at the most. */
const SIZE = 128 * 1024;

/** Makes greater pieces of small ones, as HTCondor's packets of 4 KiB are. */
export class PieceGatherer {
  private buffer: Buffer | undefined;
  private length = 0;

  /** @param onPiece takes a piece; it is valid until what this gives is resolved */
  constructor(private readonly onPiece: (piece: Buffer) => void | Promise<void>) {}

  /** Adds a piece. Gives a promise only where there is something to wait for. */
  add(piece: Buffer): void | Promise<void> {
    if (this.length + piece.length > SIZE) return this.flushAndAdd(piece);
    this.buffer ??= Buffer.allocUnsafeSlow(SIZE);
    piece.copy(this.buffer, this.length);
    this.length += piece.length;
  }

  /** Hands over what was gathered. */
  async flush(): Promise<void> {
    if (this.buffer === undefined || this.length === 0) return;
    const piece = this.buffer.subarray(0, this.length);
    this.length = 0;
    await this.onPiece(piece);
  }

  private async flushAndAdd(piece: Buffer): Promise<void> {
    await this.flush();
    if (piece.length > SIZE) await this.onPiece(piece);
    else await this.add(piece);
  }
}
