import type { Sample } from "../run/index.js";
import { bin, sint } from "./value.js";

/** How a field's bytes are read; undefined: as they are. */
export type ProtobufType = string | undefined;

const varints: Readonly<Record<string, (value: bigint) => bigint>> = {
  int32: (value) => value,
  uint32: (value) => value,
  int64: (value) => value,
  uint64: (value) => value,
  bool: (value) => value,
  enum: (value) => value,
  sint32: zigzag,
  sint64: zigzag,
};

function zigzag(value: bigint): bigint {
  return (value >> 1n) ^ -(value & 1n);
}

interface Reader {
  readonly bytes: Buffer;
  at: number;
}

/** At most ten bytes of seven bits each, the lowest first; undefined where it is cut off. */
function varint(reader: Reader): bigint | undefined {
  let value = 0n;
  for (let shift = 0n; shift < 64n; shift += 7n) {
    const byte = reader.bytes[reader.at];
    if (byte === undefined) return undefined;
    reader.at++;
    value |= BigInt(byte & 127) << shift;
    if (byte < 128) return BigInt.asUintN(64, value);
  }
  return undefined;
}

function fixed(bytes: Buffer, type: ProtobufType, size: 4 | 8): Sample | undefined {
  if (bytes.length < size) return undefined;
  const own = Buffer.from(bytes.subarray(0, size));
  switch (type) {
    case undefined:
      return bin(own);
    case "fixed32":
      return size === 4 ? sint(own.readUInt32LE()) : undefined;
    case "sfixed32":
      return size === 4 ? sint(own.readInt32LE()) : undefined;
    case "float":
      return size === 4 ? sint(Math.trunc(own.readFloatLE())) : undefined;
    case "fixed64":
    case "sfixed64":
      return size === 8 ? sint(own.readBigInt64LE()) : undefined;
    case "double":
      return size === 8 ? sint(BigInt(Math.trunc(own.readDoubleLE()))) : undefined;
    default:
      return undefined;
  }
}

/**
 * The field at a path of numbers ("48.59") in a message of Protocol Buffers (its encoding: each field is a varint of NUMBER << 3 | TYPE, and a
 * varint (0), 8 bytes (1), a length and as many bytes (2), or 4 bytes (5)).
 */
export function protobufField(
  bytes: Buffer,
  path: readonly number[],
  type: ProtobufType,
): Sample | undefined {
  const reader: Reader = { bytes, at: 0 };
  while (reader.at < bytes.length) {
    const key = varint(reader);
    if (key === undefined) return undefined;
    const wanted = Number(key >> 3n) === path[0];
    const last = path.length === 1;
    const start = reader.at;
    switch (Number(key & 7n)) {
      case 0: {
        const value = varint(reader);
        if (value === undefined) return undefined;
        if (!wanted || !last) break;
        if (type === undefined) return bin(Buffer.from(bytes.subarray(start, reader.at)));
        const read = varints[type];
        return read && sint(read(value));
      }
      case 1:
      case 5: {
        const size = Number(key & 7n) === 1 ? 8 : 4;
        if (start + size > bytes.length) return undefined;
        if (wanted && last) return fixed(bytes.subarray(start), type, size);
        reader.at += size;
        break;
      }
      case 2: {
        const size = varint(reader);
        if (size === undefined || size > BigInt(bytes.length - reader.at)) return undefined;
        const content = bytes.subarray(reader.at, reader.at + Number(size));
        if (wanted && last) return type === undefined ? bin(Buffer.from(content)) : undefined;
        const within = wanted ? protobufField(content, path.slice(1), type) : undefined;
        if (within) return within;
        reader.at += Number(size);
        break;
      }
      default:
        return undefined;
    }
  }
  return undefined;
}
