import type { StickTable } from "../../config/haproxy/model/index.js";
import type { Sample, TableKey } from "../run/index.js";
import { ipv4Bytes, ipv4Mapped, ipv4Text, ipv4Within, ipv6Bytes, ipv6Text } from "./address-bytes.js";

/**
 * A sample as a key of a table's type (smp_to_stkey with the casts of sample.c): undefined where it can't be one.
 * Keys are addresses as text, numbers from 0 to 2^32 - 1, text no longer than the table's keys, and bytes filled up with zeros.
 */
export function keyOfSample(settings: StickTable, sample: Sample): TableKey | undefined {
  switch (settings.type) {
    case "ip":
    case "ipv6":
      return addressKey(settings.type, sample);
    case "integer": {
      const value = asInteger(sample);
      return value === undefined ? undefined : Number(BigInt.asUintN(32, BigInt(value)));
    }
    case "string": {
      const text = asText(sample);
      return text === undefined ? undefined : cutText(text, settings.keyLength);
    }
    case "binary": {
      const bytes = asBytes(sample);
      return bytes === undefined ? undefined : fitBytes(bytes, settings.keyLength);
    }
  }
}

/** A key as the words of the runtime socket give it; undefined: it is none (or the table's type has no such words: binary). */
export function keyOfWord(settings: StickTable, text: string): TableKey | undefined {
  switch (settings.type) {
    case "ip": {
      const bytes = ipv4Bytes(text);
      return bytes === undefined ? undefined : ipv4Text(bytes);
    }
    case "ipv6": {
      const bytes = ipv6Bytes(text);
      return bytes === undefined ? undefined : ipv6Text(bytes);
    }
    case "integer": {
      const digits = /^\s*\+?(\d+)/.exec(text)?.[1];
      const value = digits === undefined ? Number.NaN : Number(digits);
      return value <= 0xffffffff ? value : undefined;
    }
    case "string":
      return cutText(text, settings.keyLength);
    case "binary":
      return undefined;
  }
}

/** The key's bytes as they are kept, compared and sent to peers (an integer's in the machine's order, as HAProxy has them). */
export function keyBytes(settings: StickTable, key: TableKey): Uint8Array | undefined {
  switch (settings.type) {
    case "ip":
      return ipv4Bytes(String(key));
    case "ipv6":
      return ipv6Bytes(String(key));
    case "integer": {
      const bytes = new Uint8Array(4);
      new DataView(bytes.buffer).setUint32(0, Number(key), true);
      return bytes;
    }
    case "string":
      return Buffer.from(cutText(String(key), settings.keyLength), "latin1");
    case "binary":
      return Buffer.isBuffer(key) ? fitBytes(key, settings.keyLength) : undefined;
  }
}

export function keyOfBytes(settings: StickTable, bytes: Uint8Array): TableKey {
  switch (settings.type) {
    case "ip":
      return ipv4Text(bytes);
    case "ipv6":
      return ipv6Text(bytes);
    case "integer":
      return bytes[0]! + bytes[1]! * 0x100 + bytes[2]! * 0x10000 + bytes[3]! * 0x1000000;
    case "string":
      return Buffer.from(bytes).toString("latin1");
    case "binary":
      return Buffer.from(bytes);
  }
}

/** As `show table` prints it: unprintable characters of text escaped, bytes in hexadecimal. */
export function keyText(key: TableKey): string {
  if (Buffer.isBuffer(key)) return key.toString("hex").toUpperCase();
  return typeof key === "number" ? String(key) : escaped(key);
}

const letters: Record<string, string> = { "\t": "t", "\n": "n", "\r": "r", "\x1b": "e" };

function escaped(text: string): string {
  return text.replace(/[^\x21-\x7e]|[\\=]/g, (character) => {
    if (character === "\\" || character === " " || character === "=") return `\\${character}`;
    const letter = letters[character];
    if (letter !== undefined) return `\\${letter}`;
    return `\\x${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
  });
}

/** No byte 0: HAProxy's texts end there. */
function cutText(text: string, length: number): string {
  const end = text.indexOf("\0");
  return (end < 0 ? text : text.slice(0, end)).slice(0, length);
}

function fitBytes(bytes: Buffer, length: number): Buffer {
  if (bytes.length === length) return bytes;
  const fitted = Buffer.alloc(length);
  bytes.copy(fitted, 0, 0, length);
  return fitted;
}

function addressKey(type: "ip" | "ipv6", sample: Sample): string | undefined {
  const v4 = type === "ip";
  switch (sample.type) {
    case "sint": {
      const bytes = new Uint8Array(4);
      new DataView(bytes.buffer).setUint32(0, Number(BigInt.asUintN(32, BigInt(sample.value))));
      return v4 ? ipv4Text(bytes) : ipv6Text(ipv4Mapped(bytes));
    }
    case "ipv4":
      if (v4) return sample.value;
      return ipv6Text(ipv4Mapped(ipv4Bytes(sample.value) ?? new Uint8Array(4)));
    case "ipv6": {
      const bytes = ipv6Bytes(sample.value);
      if (bytes === undefined) return undefined;
      if (!v4) return ipv6Text(bytes);
      const within = ipv4Within(bytes);
      return within === undefined ? undefined : ipv4Text(within);
    }
    case "str": {
      const bytes = v4 ? ipv4Bytes(sample.value) : ipv6Bytes(sample.value);
      if (bytes === undefined) return undefined;
      return v4 ? ipv4Text(bytes) : ipv6Text(bytes);
    }
    default:
      return undefined;
  }
}

function asInteger(sample: Sample): number | bigint | undefined {
  switch (sample.type) {
    case "bool":
      return sample.value ? 1 : 0;
    case "sint":
      return sample.value;
    case "ipv4": {
      const bytes = ipv4Bytes(sample.value);
      return bytes === undefined ? undefined : new DataView(bytes.buffer).getUint32(0);
    }
    case "str":
      return sample.value === "" ? undefined : BigInt(/^[+-]?\d+/.exec(sample.value)?.[0] ?? "0");
    default:
      return undefined;
  }
}

function asText(sample: Sample): string | undefined {
  switch (sample.type) {
    case "bool":
      return sample.value ? "1" : "0";
    case "sint":
      return String(sample.value);
    case "bin":
      return sample.value.toString("latin1");
    default:
      return sample.value;
  }
}

function asBytes(sample: Sample): Buffer | undefined {
  switch (sample.type) {
    case "bool":
    case "sint": {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64BE(BigInt.asIntN(64, BigInt(sample.value)));
      return bytes;
    }
    case "ipv4":
    case "ipv6": {
      const bytes = sample.type === "ipv4" ? ipv4Bytes(sample.value) : ipv6Bytes(sample.value);
      return bytes === undefined ? undefined : Buffer.from(bytes);
    }
    case "bin":
      return sample.value;
    default:
      return Buffer.from(sample.value, "latin1");
  }
}
