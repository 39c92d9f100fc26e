/**
 * What directors of ours say to one another beside entries: that one has come and wants the whole table, and where it is to be had. It stands
 * behind the last entry of a message of version 1 (of none, mostly); the kernel's IPVS doesn't look there.
 *
 *     "RDJ1" | u8 what (1 wanted, 2 here) | u8 0 | u16 TCP port | u32 nonce
 */
export interface SyncExtension {
  readonly kind: "wanted" | "here";
  /** Of "here": where a connection gets the table, at the address that says so. */
  readonly port: number;
  /** Chosen by who wants it; the answer has the same. */
  readonly nonce: number;
}

const magic = 0x52444a31;
const kinds = ["wanted", "here"] as const;
const size = 12;

export function readExtension(bytes: Uint8Array): SyncExtension | undefined {
  if (bytes.length !== size) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const kind = kinds[view.getUint8(4) - 1];
  if (view.getUint32(0) !== magic || kind === undefined) return undefined;
  return { kind, port: view.getUint16(6), nonce: view.getUint32(8) };
}

/** A message without entries that says it. */
export function writeExtension(syncId: number, { kind, port, nonce }: SyncExtension): Uint8Array {
  const bytes = new Uint8Array(8 + size);
  const view = new DataView(bytes.buffer);
  view.setUint8(1, syncId);
  view.setUint16(2, bytes.length);
  view.setUint8(5, 1);
  view.setUint32(8, magic);
  view.setUint8(12, kinds.indexOf(kind) + 1);
  view.setUint16(14, port);
  view.setUint32(16, nonce);
  return bytes;
}
