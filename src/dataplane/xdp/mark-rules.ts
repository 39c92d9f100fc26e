import { checkMarkRules, type MarkProtocol, type MarkRule, mostMarkRules } from "../../ipvs/marks.js";
import { maskBytes, type Prefix } from "../../ipvs/prefix.js";
import { IpAddress } from "../../wire/address.js";
import { Given, MarkRecord, markBlockShift, markBlocks, protocolIcmp } from "./marks.js";

const protocolNumbers: Readonly<Record<MarkProtocol, number>> = {
  any: 0,
  icmp: protocolIcmp,
  tcp: 6,
  udp: 17,
  sctp: 132,
};

/** Where the rules are: the memory of the map `marks`, and what names the block that counts. */
export interface MarkMemory {
  readonly bytes: Uint8Array;
  readonly settings: { markList: number };
}

/** The rules in force, in their order. */
export function readMarkRules({ bytes, settings }: MarkMemory): MarkRule[] {
  const count = settings.markList & 0xffff;
  const first = (settings.markList >>> markBlockShift) * mostMarkRules;
  return Array.from({ length: count }, (_, i) => ruleOf(bytes, first + i));
}

/**
 * Replaces all rules at once: they are written to the next block, and one store makes packets see them.
 * @throws {RondoError} "too-many-marks"
 */
export function writeMarkRules({ bytes, settings }: MarkMemory, rules: readonly MarkRule[]): void {
  checkMarkRules(rules);
  const block = ((settings.markList >>> markBlockShift) + 1) % markBlocks;
  for (const [i, rule] of rules.entries())
    bytes.set(encodeMarkRule(rule), (block * mostMarkRules + i) * MarkRecord.size);
  settings.markList = (block << markBlockShift) | rules.length;
}

/** A rule as packets read it. */
function encodeMarkRule({ mark, protocol, destination, source, ports }: MarkRule): Uint8Array {
  return MarkRecord.encode({
    ...(source && { source: addressWords(source.address), sourceMask: maskWords(source) }),
    ...(destination && {
      destination: addressWords(destination.address),
      destinationMask: maskWords(destination),
    }),
    lowPort: ports?.from ?? 0,
    highPort: ports?.to ?? 0xffff,
    protocol: protocolNumbers[protocol],
    family: (destination ?? source)?.address.family ?? 0,
    given: (source ? Given.source : 0) | (destination ? Given.destination : 0) | (ports ? Given.ports : 0),
    mark,
  });
}

function ruleOf(bytes: Uint8Array, index: number): MarkRule {
  const record = MarkRecord.over(bytes, index * MarkRecord.size);
  const { family, given, lowPort: from, highPort: to } = record;
  const prefix = (address: bigint[], mask: bigint[]): Prefix => ({
    address: IpAddress.fromBytes(bytesOf(address).subarray(0, family === 4 ? 4 : 16)),
    length: lengthOf(mask),
  });
  return {
    mark: record.mark,
    protocol: protocolOf(record.protocol),
    ...(given & Given.destination && { destination: prefix(record.destination, record.destinationMask) }),
    ...(given & Given.source && { source: prefix(record.source, record.sourceMask) }),
    ...(given & Given.ports && { ports: { from, to } }),
  };
}

function protocolOf(number: number): MarkProtocol {
  const names = Object.keys(protocolNumbers) as MarkProtocol[];
  return names.find((name) => protocolNumbers[name] === number) ?? "any";
}

/** Sixteen bytes as two numbers, as a little-endian machine reads them. */
function wordsOf(bytes: Uint8Array): bigint[] {
  const padded = new Uint8Array(16);
  padded.set(bytes);
  const view = new DataView(padded.buffer);
  return [view.getBigUint64(0, true), view.getBigUint64(8, true)];
}

function bytesOf(words: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  for (const [i, word] of words.entries()) view.setBigUint64(8 * i, word, true);
  return bytes;
}

const addressWords = ({ bytes }: IpAddress) => wordsOf(bytes);
const maskWords = ({ address, length }: Prefix) => wordsOf(maskBytes(length, address.bytes.length));
const lengthOf = (mask: readonly bigint[]) =>
  bytesOf(mask).reduce((sum, byte) => sum + byte.toString(2).replaceAll("0", "").length, 0);
