import { get16, get32, put16, put32 } from "./bytes.js";

/**
 * TCP's options. Kind 0 and 1 are one byte; all others are kind, length (both bytes counted), value.
 *
 *     kind  name             length   source
 *     0     end              -        RFC 9293 3.2
 *     1     no operation     -        RFC 9293 3.2
 *     2     maximum segment  4        RFC 9293 3.2
 *     3     window scale     3        RFC 7323 2.2
 *     4     SACK permitted   2        RFC 2018 2
 *     5     SACK             2 + 8n   RFC 2018 3
 *     8     timestamps       10       RFC 7323 3.2
 */
export type TcpOption =
  | { readonly kind: "end" }
  | { readonly kind: "nop" }
  | { readonly kind: "mss"; readonly value: number }
  | { readonly kind: "windowScale"; readonly shift: number }
  | { readonly kind: "sackPermitted" }
  | { readonly kind: "sack"; readonly blocks: readonly (readonly [left: number, right: number])[] }
  | { readonly kind: "timestamps"; readonly value: number; readonly echo: number }
  | { readonly kind: "other"; readonly number: number; readonly data: Uint8Array };

/** The options up to the end; what can't be an option (a length that is too small or leads out) ends them too. */
export function decodeTcpOptions(bytes: Uint8Array): TcpOption[] {
  const options: TcpOption[] = [];
  let at = 0;
  while (at < bytes.length) {
    const kind = bytes[at]!;
    if (kind === 0) {
      options.push({ kind: "end" });
      break;
    }
    if (kind === 1) {
      options.push({ kind: "nop" });
      at++;
      continue;
    }
    const length = bytes[at + 1] ?? 0;
    if (length < 2 || at + length > bytes.length) break;
    options.push(decodeOne(kind, bytes.subarray(at + 2, at + length)));
    at += length;
  }
  return options;
}

function decodeOne(kind: number, data: Uint8Array): TcpOption {
  if (kind === 2 && data.length === 2) return { kind: "mss", value: get16(data, 0) };
  if (kind === 3 && data.length === 1) return { kind: "windowScale", shift: data[0]! };
  if (kind === 4 && data.length === 0) return { kind: "sackPermitted" };
  if (kind === 5 && data.length > 0 && data.length % 8 === 0) {
    const blocks = Array.from(
      { length: data.length / 8 },
      (_, i) => [get32(data, 8 * i), get32(data, 8 * i + 4)] as const,
    );
    return { kind: "sack", blocks };
  }
  if (kind === 8 && data.length === 8)
    return { kind: "timestamps", value: get32(data, 0), echo: get32(data, 4) };
  return { kind: "other", number: kind, data: Uint8Array.from(data) };
}

/** Bytes of the options, padded by zeros to a multiple of four. @throws RangeError beyond 40 bytes. */
export function encodeTcpOptions(options: readonly TcpOption[]): Uint8Array {
  const bytes = options.flatMap((option) => [...encodeOne(option)]);
  if (bytes.length > 40) throw new RangeError(`TCP options of ${bytes.length} bytes; at most 40 fit`);
  const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
  padded.set(bytes);
  return padded;
}

function encodeOne(option: TcpOption): Uint8Array {
  switch (option.kind) {
    case "end":
      return Uint8Array.of(0);
    case "nop":
      return Uint8Array.of(1);
    case "mss": {
      const bytes = Uint8Array.of(2, 4, 0, 0);
      put16(bytes, 2, option.value);
      return bytes;
    }
    case "windowScale":
      return Uint8Array.of(3, 3, option.shift);
    case "sackPermitted":
      return Uint8Array.of(4, 2);
    case "sack": {
      const bytes = new Uint8Array(2 + 8 * option.blocks.length);
      bytes.set([5, bytes.length]);
      for (const [index, [left, right]] of option.blocks.entries()) {
        put32(bytes, 2 + 8 * index, left);
        put32(bytes, 6 + 8 * index, right);
      }
      return bytes;
    }
    case "timestamps": {
      const bytes = Uint8Array.of(8, 10, 0, 0, 0, 0, 0, 0, 0, 0);
      put32(bytes, 2, option.value);
      put32(bytes, 6, option.echo);
      return bytes;
    }
    case "other":
      return Uint8Array.of(option.number, option.data.length + 2, ...option.data);
  }
}
