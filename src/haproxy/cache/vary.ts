import { crc32 } from "node:zlib";
import type { Headers } from "../../proxy/index.js";
import { listValues } from "../headers/index.js";

/** Which header fields of the request an answer depends on, as bits: 1 accept-encoding, 2 referer. */
export const varyBit = { acceptEncoding: 1, referer: 2 } as const;

/** What requests (and with their encodings answers) are compared by: encodings as bits, a hash of the referer. */
export type SecondaryKey = readonly [encodings: number, referer: number];

const codings: readonly (readonly [name: string, bit: number])[] = [
  ["gzip", 1],
  ["x-gzip", 1],
  ["deflate", 2],
  ["br", 4],
  ["compress", 8],
  ["x-compress", 8],
  ["aes128gcm", 16],
  ["exi", 32],
  ["pack200-gzip", 64],
  ["zstd", 128],
  ["identity", 256],
  ["*", 512],
];
const identity = 256;
const star = 512;
const other = 1024;
const maxCodings = 16;

/** The fields that "vary" names; undefined where it names another than the two that are known. */
export function varySignature(response: Headers): number | undefined {
  let signature = 0;
  for (const value of listValues(response, "vary")) {
    const name = value.toLowerCase();
    if (name === "accept-encoding") signature |= varyBit.acceptEncoding;
    else if (name === "referer") signature |= varyBit.referer;
    else return undefined;
  }
  return signature;
}

/** Of a request, with those fields alone; undefined where its accept-encoding names too many codings. */
export function secondaryKey(request: Headers, signature: number): SecondaryKey | undefined {
  const encodings = signature & varyBit.acceptEncoding ? acceptedCodings(request) : 0;
  if (encodings === undefined) return undefined;
  const referer = signature & varyBit.referer ? request.get("referer") : undefined;
  return [encodings, referer === undefined ? 0 : crc32(Buffer.from(referer, "latin1")) >>> 0];
}

/** A stored answer's key: its own encodings take the place of those that the request accepted. undefined: it has one that isn't known. */
export function storedKey(key: SecondaryKey, response: Headers): SecondaryKey | undefined {
  let encodings = 0;
  for (const value of listValues(response, "content-encoding")) {
    const coding = codingOf(value.toLowerCase());
    if (coding === undefined) return undefined;
    encodings |= coding.bit;
  }
  return [encodings || identity, key[1]];
}

/** Whether a stored answer fits a request: all its encodings are accepted, and the referer is the same. */
export function fits(stored: SecondaryKey, wanted: SecondaryKey): boolean {
  if (stored[1] !== wanted[1] || (stored[0] & other) !== 0) return false;
  return (stored[0] & wanted[0]) >>> 0 === stored[0];
}

function acceptedCodings(request: Headers): number | undefined {
  const values = listValues(request, "accept-encoding");
  if (values.length === 0) return 0xffffffff;
  if (values.length >= maxCodings) return undefined;
  let accepted = identity;
  let rejected = 0;
  for (const value of values) {
    if (value === "") continue;
    const coding = codingOf(value.toLowerCase());
    if (coding === undefined) accepted |= other;
    else if (coding.refused) rejected |= coding.bit;
    else accepted |= coding.bit;
  }
  if (accepted & star) accepted = ~0;
  return (accepted & ~rejected) >>> 0;
}

function codingOf(value: string): { readonly bit: number; readonly refused: boolean } | undefined {
  const match = /^([^;\s]+)[ \t]*(?:;[ \t]*(.*))?$/.exec(value);
  const bit = codings.find(([name]) => name === match?.[1])?.[1];
  return bit === undefined ? undefined : { bit, refused: match?.[2] === "q=0" };
}
