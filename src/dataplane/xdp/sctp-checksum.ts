import {
  constant32,
  give,
  loop,
  SharedArray,
  struct,
  subprogram,
  type U32,
  u32,
  variable,
  when,
} from "../../asm/index.js";
import { advancePowers, advanceTables } from "../../wire/crc32c.js";

/**
 * SCTP's checksum after ports have changed, without a look at the payload.
 *
 * CRC32c is linear: the CRCs of two packets of one length differ by the CRC (without its inversions) of their difference,
 * and that is the four bytes of the ports and zeros behind them. What zeros make of a CRC's register is a linear function as
 * well; for 1, 2, 4 … 32768 of them it stands here as tables, one of 256 words for each byte of the register. So a packet
 * takes four look-ups for every bit that is set in its length.
 */
const CrcWord = struct("CrcWord", { value: u32 });

/** 64 KiB that never change: [power << 10 | byte's place << 8 | byte]. The control plane writes {@link sctpTableBytes} into it. */
export const sctpTables = new SharedArray("sctp_tables", CrcWord, advancePowers * 1024);

/** What stands in {@link sctpTables}. */
export function sctpTableBytes(): Uint8Array {
  const { buffer, byteOffset, byteLength } = advanceTables();
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/**
 * The checksum of an SCTP packet of `length` bytes (below 65536; header and chunks) after its ports have changed from `before`
 * to `after`. Ports and checksums are four bytes of the header as they are loaded from it into 32 bits, not swapped:
 * source and destination port at 0, checksum at 8.
 *
 * A checksum of 0 stays so: it is one that has yet to be computed by the device that sends the packet. Who has a packet with
 * a computed checksum of 0, one in four thousand million, loses it and sends it again.
 */
export const sctpChecksum = subprogram(
  "sctp_checksum",
  [u32, u32, u32, u32],
  u32,
  (old, before, after, length) => {
    when(old.is(0), () => give(0));
    const difference = variable(before.xor(after));
    loop(constant32(advancePowers), advancePowers, (power, leave) => {
      const rest = length.shiftRight(power);
      when(rest.is(0), leave);
      when(rest.and(1).isNot(0), () => difference.set(afterZeros(power, difference.value)));
    });
    return old.xor(difference.value);
  },
);

/** The register after 2^power zero bytes. */
function afterZeros(power: U32, register: U32): U32 {
  const table = power.shiftLeft(10);
  return [0, 1, 2, 3]
    .map((place) => {
      const byte = register.shiftRight(place * 8).and(255);
      return sctpTables.at(table.or(byte.or(place * 256))).value;
    })
    .reduce((all, word) => all.xor(word));
}
