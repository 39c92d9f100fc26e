import { IpAddress } from "../../wire/address.js";
import { keptFlags, type SequenceShift, type SyncEntry, SyncFlag } from "./entry.js";
import { readExtension, type SyncExtension } from "./extension.js";

/** Why a datagram, or the rest of it, was dropped. */
export type SyncFault = "too-short" | "wrong-length" | "other-syncid" | "other-version" | "truncated-entry";

/** What a datagram said. Entries before a fault hold, as the kernel has it. */
export interface SyncMessage {
  readonly version: 0 | 1;
  readonly syncId: number;
  readonly entries: readonly SyncEntry[];
  /** Entries that can't be: of a protocol or state that there isn't, with options that must be understood and aren't. */
  readonly refused: number;
  readonly fault: SyncFault | undefined;
  readonly extension: SyncExtension | undefined;
}

const headerSize = 8;
const headerSize0 = 4;
const entrySize0 = 24;
const sequenceSize = 24;
const option = { sequence: 1, engineData: 2, engineName: 3, optional: 0x40 } as const;
/** IP_VS_PEDATA_MAXLEN, IP_VS_PENAME_MAXLEN */
const longest = { engineData: 255, engineName: 16 } as const;
const statesOf: Readonly<Record<number, number>> = { 6: 11, 17: 1, 132: 14 };

/**
 * Reads a datagram of the sync protocol, of either version (net/netfilter/ipvs/ip_vs_sync.c, ip_vs_process_message):
 *
 *     version 1:  u8 0 | u8 syncid | u16 size | u8 entries | u8 version | u16 0        then entries, each at a multiple of 4
 *     version 0:  u8 entries | u8 syncid | u16 size                                    then entries of 24 or 48 bytes
 *
 * Numbers are in network order. Never throws.
 * @param wanted the backup's own syncid; 0 takes all
 */
export function readSyncMessage(bytes: Uint8Array, wanted = 0): SyncMessage {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const nothing = (fault: SyncFault): SyncMessage => ({
    version: 1,
    syncId: bytes[1] ?? 0,
    entries: [],
    refused: 0,
    fault,
    extension: undefined,
  });
  if (bytes.length < headerSize0) return nothing("too-short");
  if (view.getUint16(2) !== bytes.length) return nothing("wrong-length");
  const syncId = bytes[1]!;
  if (wanted !== 0 && syncId !== wanted) return nothing("other-syncid");
  if (bytes[0] === 0 && bytes.length >= headerSize && bytes[5] === 1 && view.getUint16(6) === 0)
    return { version: 1, syncId, ...readEntries(view, bytes[4]!) };
  // What begins with 0 has no entries, were it of version 0.
  if (bytes[0] === 0 && bytes.length > headerSize0) return nothing("other-version");
  return { version: 0, syncId, ...readEntries0(view, bytes[0]!), extension: undefined };
}

function readEntries(view: DataView, count: number): Omit<SyncMessage, "version" | "syncId"> {
  const entries: SyncEntry[] = [];
  let refused = 0;
  const stop = (fault: SyncFault) => ({ entries, refused, fault, extension: undefined });
  let at = headerSize;
  for (let i = 0; i < count; i++) {
    if (at + 4 > view.byteLength) return stop("truncated-entry");
    const six = (view.getUint8(at) & 1) !== 0;
    const versionAndSize = view.getUint16(at + 2);
    const size = versionAndSize & 0xfff;
    if (versionAndSize >> 12 !== 0) return stop("other-version");
    if (size < (six ? 72 : 36) || at + size > view.byteLength) return stop("truncated-entry");
    const entry = readEntry(view, at, size, six);
    if (entry === undefined) refused++;
    else entries.push(entry);
    at = (at + size + 3) & ~3;
  }
  const end = Math.min(at, view.byteLength); // without padding behind the last one
  const rest = new Uint8Array(view.buffer, view.byteOffset + end, view.byteLength - end);
  return { entries, refused, fault: undefined, extension: readExtension(rest) };
}

/**
 *     u8 type (1: IPv6) | u8 protocol | u16 version and size | u32 flags | u16 state | u16 client's port | u16 virtual port
 *     | u16 server's port | u32 mark | u32 timeout | addresses: client, virtual, server, 4 or 16 bytes each | options
 */
function readEntry(view: DataView, at: number, size: number, six: boolean): SyncEntry | undefined {
  const length = six ? 16 : 4;
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const address = (index: number) => IpAddress.within(bytes, at + 24 + index * length, six ? 6 : 4);
  const flags = (view.getUint32(at + 4) & keptFlags) | SyncFlag.sync;
  const options = readOptions(view, at + 24 + 3 * length, at + size);
  if (options === undefined || (view.getUint32(at + 4) & SyncFlag.onePacket) !== 0) return undefined;
  return checked({
    protocol: view.getUint8(at + 1),
    flags,
    state: view.getUint16(at + 8),
    client: { address: address(0), port: view.getUint16(at + 10) },
    virtual: { address: address(1), port: view.getUint16(at + 12) },
    server: { address: address(2), port: view.getUint16(at + 14) },
    mark: view.getUint32(at + 16),
    timeout: view.getUint32(at + 20),
    ...options,
  });
}

type Options = Pick<SyncEntry, "sequence" | "engine">;

function readOptions(view: DataView, from: number, end: number): Options | undefined {
  let sequence: SyncEntry["sequence"];
  let name: string | undefined;
  let data: Uint8Array | undefined;
  for (let at = from; at < end; ) {
    if (at + 2 > end) return undefined;
    const type = view.getUint8(at) & ~option.optional;
    const length = view.getUint8(at + 1);
    const value = at + 2;
    at = value + length;
    if (length === 0 || at > end) return undefined;
    const bytes = new Uint8Array(view.buffer, view.byteOffset + value, length);
    if (type === option.sequence) {
      if (length !== sequenceSize || sequence) return undefined;
      sequence = readSequence(view, value);
    } else if (type === option.engineData) {
      if (length > longest.engineData || data) return undefined;
      data = Uint8Array.from(bytes);
    } else if (type === option.engineName) {
      if (length > longest.engineName || name !== undefined) return undefined;
      name = String.fromCharCode(...bytes);
    } else if ((view.getUint8(value - 2) & option.optional) === 0) return undefined;
  }
  return {
    ...(sequence && { sequence }),
    ...(name !== undefined && data && { engine: { name, data } }),
  };
}

function readSequence(view: DataView, at: number): NonNullable<SyncEntry["sequence"]> {
  const shift = (from: number): SequenceShift => ({
    initial: view.getUint32(from),
    delta: view.getUint32(from + 4),
    previousDelta: view.getUint32(from + 8),
  });
  return { in: shift(at), out: shift(at + 12) };
}

/** Entries of version 0: u8 0 | u8 protocol | u16 ports: client, virtual, server | u32 addresses: the same | u16 flags | u16 state. */
function readEntries0(view: DataView, count: number): Pick<SyncMessage, "entries" | "refused" | "fault"> {
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  const entries: SyncEntry[] = [];
  let refused = 0;
  let at = headerSize0;
  for (let i = 0; i < count; i++) {
    if (at + entrySize0 > view.byteLength) return { entries, refused, fault: "truncated-entry" };
    const sent = view.getUint16(at + 20);
    const hasSequence = (sent & SyncFlag.sequence) !== 0;
    if (hasSequence && at + entrySize0 + sequenceSize > view.byteLength)
      return { entries, refused, fault: "truncated-entry" };
    const address = (index: number) => IpAddress.within(bytes, at + 8 + 4 * index, 4);
    const entry = checked({
      protocol: view.getUint8(at + 1),
      flags: (sent & keptFlags) | SyncFlag.sync,
      state: view.getUint16(at + 22),
      client: { address: address(0), port: view.getUint16(at + 2) },
      virtual: { address: address(1), port: view.getUint16(at + 4) },
      server: { address: address(2), port: view.getUint16(at + 6) },
      mark: 0,
      timeout: 0,
      ...(hasSequence && { sequence: readSequence(view, at + entrySize0) }),
    });
    at += entrySize0 + (hasSequence ? sequenceSize : 0);
    if (entry === undefined) refused++;
    else entries.push(entry);
  }
  return { entries, refused, fault: undefined };
}

/** Whether it is one that can be (ip_vs_proc_sync_conn); a template's state is 0 or 1. */
function checked(entry: SyncEntry): SyncEntry | undefined {
  const isTemplate = (entry.flags & SyncFlag.template) !== 0;
  if (isTemplate && (entry.flags & SyncFlag.noClientPort) !== 0) return undefined;
  if (isTemplate) return entry.state > 1 ? { ...entry, state: 0 } : entry;
  return entry.state < (statesOf[entry.protocol] ?? 0) ? entry : undefined;
}
