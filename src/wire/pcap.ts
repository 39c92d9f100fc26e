import { concat } from "./bytes.js";

/**
 * The pcap file format (draft-ietf-opsawg-pcap; libpcap's pcap-savefile(5)).
 *
 *     file:    magic (4)  major 2 (2)  minor 4 (2)  zone 0 (4)  accuracy 0 (4)  snap length (4)  link type (4)
 *     record:  seconds (4)  fraction (4)  captured length (4)  original length (4)  bytes
 *
 * All numbers are in the writer's byte order, which the magic tells: 0xa1b2c3d4 with microseconds as the fraction,
 * 0xa1b23c4d with nanoseconds.
 */
export interface PcapRecord {
  /** Nanoseconds since 1970. */
  readonly at: bigint;
  readonly bytes: Uint8Array;
  /** The frame's length on the wire; the bytes are fewer if the capture was cut. */
  readonly originalLength?: number;
}

const microseconds = 0xa1b2c3d4;
const nanoseconds = 0xa1b23c4d;
/** LINKTYPE_ETHERNET. */
export const linkTypeEthernet = 1;

/** The beginning of a file of nanosecond records, little-endian. */
export function pcapHeader(linkType = linkTypeEthernet, snapLength = 262144): Uint8Array {
  const view = new DataView(new ArrayBuffer(24));
  view.setUint32(0, nanoseconds, true);
  view.setUint16(4, 2, true);
  view.setUint16(6, 4, true);
  view.setUint32(16, snapLength, true);
  view.setUint32(20, linkType, true);
  return new Uint8Array(view.buffer);
}

export function pcapRecord(record: PcapRecord): Uint8Array {
  const view = new DataView(new ArrayBuffer(16));
  view.setUint32(0, Number(record.at / 1_000_000_000n), true);
  view.setUint32(4, Number(record.at % 1_000_000_000n), true);
  view.setUint32(8, record.bytes.length, true);
  view.setUint32(12, record.originalLength ?? record.bytes.length, true);
  return concat(new Uint8Array(view.buffer), record.bytes);
}

export function writePcap(records: Iterable<PcapRecord>): Uint8Array {
  return concat(pcapHeader(), ...Array.from(records, pcapRecord));
}

/**
 * Reads a file of either byte order and either fraction. A last record that is cut is left away.
 * @throws RangeError if it is no pcap file or of another version.
 */
export function readPcap(bytes: Uint8Array): { linkType: number; records: PcapRecord[] } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 24) throw new RangeError(`a pcap file has at least 24 bytes, this has ${bytes.length}`);
  const known = [microseconds, nanoseconds];
  const little = known.includes(view.getUint32(0, true));
  const magic = view.getUint32(0, little);
  if (!known.includes(magic))
    throw new RangeError(`no pcap file: it begins with 0x${view.getUint32(0).toString(16).padStart(8, "0")}`);
  if (view.getUint16(4, little) !== 2)
    throw new RangeError(`pcap version ${view.getUint16(4, little)}; only version 2 is known`);
  const unit = magic === microseconds ? 1000n : 1n;
  const records: PcapRecord[] = [];
  let at = 24;
  while (at + 16 <= bytes.length) {
    const length = view.getUint32(at + 8, little);
    const start = at + 16;
    if (start + length > bytes.length) break;
    records.push({
      at: BigInt(view.getUint32(at, little)) * 1_000_000_000n + BigInt(view.getUint32(at + 4, little)) * unit,
      bytes: bytes.subarray(start, start + length),
      originalLength: view.getUint32(at + 12, little),
    });
    at = start + length;
  }
  return { linkType: view.getUint32(20, little) & 0x0fff_ffff, records };
}
