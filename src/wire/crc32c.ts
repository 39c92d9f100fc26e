/**
 * CRC32c, the checksum of SCTP (RFC 9260, appendix A): the polynomial 0x1edc6f41, bits reversed, begun and ended with all
 * bits inverted.
 *
 * A CRC is kept here as the register of the reversed form: bit 31 - n is the coefficient of x^n. Without the two inversions
 * it is linear: of two messages of the same length the CRCs differ by the CRC of the difference of the messages. So a change
 * of a few bytes needs no look at the rest, only {@link advance} over its length.
 */
const polynomial = 0x82f63b78;

/** The register after a byte: [byte ^ the register's lowest] takes the place of what is shifted out. */
const byteTable: Uint32Array = Uint32Array.from({ length: 256 }, (_, byte) => {
  let register = byte;
  for (let bit = 0; bit < 8; bit++) register = (register >>> 1) ^ (register & 1 ? polynomial : 0);
  return register >>> 0;
});

/** The CRC32c of bytes, 0 … 2^32-1; SCTP writes it with the lowest byte first. */
export function crc32c(...parts: readonly Uint8Array[]): number {
  let register = 0xffff_ffff;
  for (const part of parts)
    for (const byte of part) register = byteTable[(register ^ byte) & 255]! ^ (register >>> 8);
  return ~register >>> 0;
}

/** The register after that many more bytes of zeros, without inversions. Takes as many steps as `zeros` has bits set. */
export function advance(register: number, zeros: number): number {
  let value = register >>> 0;
  for (let power = 0; zeros >>> power !== 0; power++) {
    if (((zeros >>> power) & 1) === 0) continue;
    while (powerTables.length <= power) powerTables.push(twice(powerTables.at(-1)!));
    value = applied(powerTables[power]!, value);
  }
  return value;
}

/** How many lengths {@link advanceTables} has: one zero byte, two, four … 32768. */
export const advancePowers = 16;

/**
 * What {@link advance} looks up for lengths below 2^16, as u32 in the machine's order: [power << 10 | byte's place << 8 | byte],
 * the byte's place being 0 for the register's lowest. The four words of a register's bytes are added (xor) up.
 */
export function advanceTables(): Uint32Array {
  advance(0, 2 ** (advancePowers - 1));
  const tables = new Uint32Array(advancePowers * 1024);
  for (let power = 0; power < advancePowers; power++) tables.set(powerTables[power]!, power * 1024);
  return tables;
}

/** For 2^k zero bytes, by k: a table of 4 x 256 words. */
const powerTables: Uint32Array[] = [tableOf((register) => byteTable[register & 255]! ^ (register >>> 8))];

const twice = (table: Uint32Array): Uint32Array =>
  tableOf((register) => applied(table, applied(table, register)));

/** The table of a linear function of registers: what it makes of each byte at each place. */
function tableOf(step: (register: number) => number): Uint32Array {
  return Uint32Array.from({ length: 1024 }, (_, index) => step(((index & 255) << ((index >> 8) * 8)) >>> 0));
}

function applied(table: Uint32Array, register: number): number {
  return (
    (table[register & 255]! ^
      table[256 | ((register >>> 8) & 255)]! ^
      table[512 | ((register >>> 16) & 255)]! ^
      table[768 | (register >>> 24)]!) >>>
    0
  );
}
