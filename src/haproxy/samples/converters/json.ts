import { createHmac, createPublicKey, createVerify, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Argument } from "../../../config/haproxy/model/index.js";
import type { Fetched } from "../../run/index.js";
import { textArgument } from "../arguments.js";
import { textOf } from "../cast.js";
import { escapeJson, type JsonInput } from "../json-escape.js";
import { findJson, parsePath, shortest, unescapeJson } from "../json-path.js";
import { type ConverterKind, type Converters, text } from "../registry.js";
import { bool, sint, str } from "../value.js";
import { fromBase64Url } from "./encodings.js";

const escapeText: ConverterKind = {
  from: "str",
  make: (arguments_) => {
    const input = (text(arguments_, 0) || "ascii") as JsonInput;
    return (sample) => {
      const escaped = escapeJson(textOf(sample), input);
      return escaped === undefined ? undefined : str(escaped);
    };
  },
};

/** Largest integer that JSON is sure to carry (RFC 7159, section 6). */
const largest = 2n ** 53n - 1n;

/** `json_query(PATH[,"int"])`: a string, a boolean, or a number, which is a text unless "int" asks for an integer. */
function query(arguments_: readonly Argument[], at: number): (json: string) => Fetched {
  const path = parsePath(text(arguments_, at) ?? "");
  const integer = text(arguments_, at + 1) === "int";
  return (json) => {
    const found = path && findJson(json, path);
    switch (found?.type) {
      case "number": {
        if (!integer) return str(shortest(Number(found.text)));
        const digits = /^-?\d+/.exec(found.text)?.[0] ?? "0";
        const value = BigInt(digits);
        return value > largest || value < -largest ? undefined : sint(value);
      }
      case "string": {
        const plain = unescapeJson(found.text);
        return plain === undefined ? undefined : str(plain);
      }
      case "true":
      case "false":
        return bool(found.type === "true");
      default:
        return undefined;
    }
  };
}

const jsonQuery: ConverterKind = {
  from: "str",
  make: (arguments_) => {
    const read = query(arguments_, 0);
    return (sample) => read(textOf(sample));
  },
};

/** A part of a JSON Web Token (RFC 7519), decoded; with arguments a value in it. */
const tokenPart = (part: 0 | 1): ConverterKind => ({
  from: "bin",
  make: (arguments_) => {
    const read = (text(arguments_, 0) ?? "") === "" ? undefined : query(arguments_, 0);
    return (sample) => {
      if (sample.type !== "bin") return undefined;
      const decoded = fromBase64Url(sample.value.toString("latin1").split(".")[part] ?? "")?.toString(
        "latin1",
      );
      if (decoded === undefined) return undefined;
      return read ? read(decoded) : str(decoded);
    };
  },
});

/** What jwt_verify gives (jwt.h, enum jwt_vrfy_status). */
const verdicts = {
  wrong: 0,
  right: 1,
  unknownAlgorithm: -1,
  unmanagedAlgorithm: -2,
  invalidToken: -3,
  outOfMemory: -4,
  unknownCertificate: -5,
} as const;

const keys = new Map<string, KeyObject | undefined>();

/** A public key from a file in PEM's form; undefined where it can't be read. Read once, since HAProxy reads it when it starts. */
function publicKey(path: string): KeyObject | undefined {
  if (!keys.has(path)) {
    let key: KeyObject | undefined;
    try {
      key = createPublicKey(readFileSync(path));
    } catch {
      key = undefined;
    }
    keys.set(path, key);
  }
  return keys.get(path);
}

function verifyToken(token: string, algorithm: string, key: string): number {
  const known = /^(?:none|[HREP]S(?:256|384|512))$/.test(algorithm);
  if (!known) return verdicts.unknownAlgorithm;
  const parts = token.split(".");
  const [head, claims, signature] = parts;
  if (algorithm === "none") {
    if (parts.length !== 2 && parts.length !== 3) return verdicts.invalidToken;
    return (signature ?? "") === "" ? verdicts.right : verdicts.wrong;
  }
  if (parts.length !== 3 || !signature) return verdicts.invalidToken;
  const decoded = fromBase64Url(signature);
  if (decoded === undefined) return verdicts.invalidToken;
  const signed = Buffer.from(`${head}.${claims}`, "latin1");
  const hash = `sha${algorithm.slice(2)}`;
  if (algorithm.startsWith("H")) {
    const made = createHmac(hash, Buffer.from(key, "latin1")).update(signed).digest();
    return made.equals(decoded) ? verdicts.right : verdicts.wrong;
  }
  if (algorithm.startsWith("P")) return verdicts.unmanagedAlgorithm;
  const certificate = publicKey(key);
  if (certificate === undefined) return verdicts.unknownCertificate;
  // RFC 7518 wants a signature of ECDSA as two numbers side by side; those who sign by OpenSSL alone make DER of them.
  const side = Math.ceil(Number(algorithm.slice(2)) / 8) + (algorithm === "ES512" ? 2 : 0);
  const dsaEncoding = decoded.length === 2 * side ? "ieee-p1363" : "der";
  try {
    const options = algorithm.startsWith("E")
      ? ({ key: certificate, dsaEncoding } as const)
      : { key: certificate };
    return createVerify(hash).update(signed).verify(options, decoded) ? verdicts.right : verdicts.wrong;
  } catch {
    return verdicts.wrong;
  }
}

const verify: ConverterKind = {
  from: "bin",
  make: (arguments_, environment) => {
    const algorithm = textArgument(arguments_, 0, environment);
    const key = textArgument(arguments_, 1, environment);
    // A key's file that is named is read at the start: later there may be no right to, or another root.
    if (arguments_[1]?.kind === "str" && /^[RE]S/.test(text(arguments_, 0) ?? "RS"))
      publicKey(arguments_[1].value);
    return (sample, context) => {
      const [name, secret] = [algorithm(context), key(context)];
      if (name === undefined || secret === undefined || sample.type !== "bin") return undefined;
      return sint(verifyToken(sample.value.toString("latin1"), name, secret));
    };
  },
};

export const jsonConverters: Converters = {
  json: escapeText,
  json_query: jsonQuery,
  jwt_header_query: tokenPart(0),
  jwt_payload_query: tokenPart(1),
  jwt_verify: verify,
};
