/** The CRC-16 of Linux (lib/crc16.c): x^16 + x^15 + x^2 + 1, the lowest bit first, from all ones. */

const TABLE = Uint16Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = (value & 1) === 0 ? value >> 1 : (value >> 1) ^ 0xa001;
  return value;
});

/** Of several pieces, one after the other. */
export function crc16(pieces: readonly Buffer[]): number {
  let crc = 0xffff;
  for (const piece of pieces) {
    for (const byte of piece) crc = (crc >> 8) ^ (TABLE[(crc ^ byte) & 0xff] ?? 0);
  }
  return crc;
}
