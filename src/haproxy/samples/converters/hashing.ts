import { createDecipheriv, createHash, createHmac } from "node:crypto";
import { textArgument } from "../arguments.js";
import { crc32, crc32c, djb2, fullHash, sdbm, wt6 } from "../hashes.js";
import { type ConverterKind, type Converters, number, text } from "../registry.js";
import { bin, bool, sint } from "../value.js";
import { xxh3 } from "../xxh3.js";
import { xxh32, xxh64 } from "../xxhash.js";
import { fromBase64 } from "./encodings.js";

const hash = (of: (bytes: Buffer) => number): ConverterKind => ({
  from: "bin",
  make: (arguments_) => {
    const avalanche = (number(arguments_, 0) ?? 0) !== 0;
    return (sample) => {
      if (sample.type !== "bin") return undefined;
      const value = of(sample.value);
      return sint(avalanche ? fullHash(value) : value);
    };
  },
});

const digest = (algorithm: (bits: string | undefined) => string): ConverterKind => ({
  from: "bin",
  make: (arguments_) => {
    const name = algorithm(text(arguments_, 0));
    return (sample) =>
      sample.type === "bin" ? bin(createHash(name).update(sample.value).digest()) : undefined;
  },
});

const hmac: ConverterKind = {
  from: "bin",
  make: (arguments_, environment) => {
    const name = text(arguments_, 0) ?? "sha256";
    const key = textArgument(arguments_, 1, environment);
    return (sample, context) => {
      const secret = key(context);
      // The key is written in base 64, as HAProxy wants it.
      const bytes = secret === undefined ? undefined : fromBase64(secret);
      if (bytes === undefined || sample.type !== "bin") return undefined;
      return bin(createHmac(name, bytes).update(sample.value).digest());
    };
  },
};

const equal: ConverterKind = {
  from: "bin",
  make: (arguments_, environment) => {
    const other = textArgument(arguments_, 0, environment);
    return (sample, context) => {
      const value = other(context);
      if (value === undefined || sample.type !== "bin") return undefined;
      return bool(sameTime(sample.value, Buffer.from(value, "latin1")));
    };
  },
};

/** Compares in a time that tells nothing of where they differ. */
function sameTime(a: Buffer, b: Buffer): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let at = 0; at < a.length; at++) difference |= (a[at] as number) ^ (b[at] as number);
  return difference === 0;
}

/** AES in Galois/counter mode (NIST SP 800-38D): nonce, key and tag in base 64; undefined where the tag is another. */
const decryptGcm: ConverterKind = {
  from: "bin",
  make: (arguments_, environment) => {
    const bits = number(arguments_, 0) ?? 128;
    const reads = [1, 2, 3].map((at) => textArgument(arguments_, at, environment));
    return (sample, context) => {
      const parts = reads.map((read) => fromBase64(read(context) ?? ""));
      const [nonce, key, tag] = parts;
      if (!nonce || !key || !tag || sample.type !== "bin") return undefined;
      try {
        const cipher = createDecipheriv(
          `aes-${bits as 128 | 192 | 256}-gcm`,
          key.subarray(0, bits / 8),
          nonce,
        );
        cipher.setAuthTag(tag);
        return bin(Buffer.concat([cipher.update(sample.value), cipher.final()]));
      } catch {
        return undefined;
      }
    };
  },
};

const seeded = (of: (bytes: Buffer, seed: number) => number | bigint): ConverterKind => ({
  from: "bin",
  make: (arguments_) => {
    const seed = number(arguments_, 0) ?? 0;
    return (sample) => (sample.type === "bin" ? sint(of(sample.value, seed)) : undefined);
  },
});

export const hashConverters: Converters = {
  xxh32: seeded((bytes, seed) => xxh32(bytes, seed)),
  xxh64: seeded((bytes, seed) => xxh64(bytes, BigInt(seed))),
  xxh3: seeded((bytes, seed) => xxh3(bytes, BigInt(seed))),
  crc32: hash(crc32),
  crc32c: hash(crc32c),
  djb2: hash(djb2),
  sdbm: hash(sdbm),
  wt6: hash(wt6),
  sha1: digest(() => "sha1"),
  sha2: digest((bits) => `sha${bits ?? "256"}`),
  digest: digest((name) => name ?? "sha256"),
  hmac,
  secure_memcmp: equal,
  aes_gcm_dec: decryptGcm,
};
