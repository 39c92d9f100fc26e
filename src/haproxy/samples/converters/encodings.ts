import type { Sample } from "../../run/index.js";
import { textOf } from "../cast.js";
import { type ConverterKind, type Converters, number, text } from "../registry.js";
import { bin, sint, str } from "../value.js";

/** A converter of bytes. */
const bytes = (
  change: (value: Buffer, arguments_: readonly (string | undefined)[]) => Sample | undefined,
): ConverterKind => ({
  from: "bin",
  make: (arguments_) => {
    const texts = [0, 1, 2].map((at) => text(arguments_, at));
    return (sample) => (sample.type === "bin" ? change(sample.value, texts) : undefined);
  },
});

const texts = (change: (value: string) => Sample | undefined): ConverterKind => ({
  from: "str",
  make: () => (sample) => change(textOf(sample)),
});

/** Base 64 with its padding; undefined of what isn't (base64dec of HAProxy takes nothing else). */
export function fromBase64(value: string): Buffer | undefined {
  if (value.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(value)) return undefined;
  return Buffer.from(value, "base64");
}

/** RFC 4648's URL alphabet without padding. */
export function fromBase64Url(value: string): Buffer | undefined {
  const bare = value.replace(/={0,2}$/, "");
  if (bare.length % 4 === 1 || !/^[A-Za-z0-9_-]*$/.test(bare)) return undefined;
  return Buffer.from(bare, "base64url");
}

function hexNumber(value: string): Sample | undefined {
  if (!/^[0-9a-fA-F]*$/.test(value)) return undefined;
  return sint(BigInt(`0x${value.slice(-16) || "0"}`));
}

/** Chunks of bytes with something between them: be2dec and be2hex. */
const chunks = (kind: "dec" | "hex"): ConverterKind => ({
  from: "bin",
  make: (arguments_) => {
    const separator = text(arguments_, 0) ?? "";
    const given = number(arguments_, 1) ?? 0;
    const truncate = (number(arguments_, 2) ?? 0) !== 0;
    return (sample) => {
      if (sample.type !== "bin") return undefined;
      const { value } = sample;
      const size = kind === "hex" && separator === "" && !truncate ? Math.max(value.length, 1) : given;
      const last = truncate ? value.length - size + 1 : value.length;
      const found: string[] = [];
      for (let at = 0; at < last && size > 0; at += size) {
        const hex = value.toString("hex", at, Math.min(at + size, value.length));
        found.push(kind === "hex" ? hex.toUpperCase() : BigInt(`0x${hex || "0"}`).toString());
      }
      return str(found.join(separator));
    };
  },
});

const slice: ConverterKind = {
  from: "bin",
  make: (arguments_) => {
    const offset = number(arguments_, 0) ?? 0;
    const length = number(arguments_, 1);
    return (sample) => {
      if (sample.type !== "bin") return undefined;
      if (sample.value.length <= offset) return bin(Buffer.alloc(0));
      const rest = sample.value.subarray(offset);
      return bin(length !== undefined && length < rest.length ? rest.subarray(0, length) : rest);
    };
  },
};

/** Percent signs decoded; "+" is a blank behind a "?" (or everywhere in forms). undefined where one isn't followed by two digits. */
export function urlDecode(value: string, form: boolean): string | undefined {
  let inForm = form;
  let out = "";
  for (let at = 0; at < value.length; at++) {
    const char = value[at] as string;
    if (char === "\0") break;
    if (char === "%") {
      const digits = value.slice(at + 1, at + 3);
      if (!/^[0-9a-fA-F]{2}$/.test(digits)) return undefined;
      out += String.fromCharCode(Number.parseInt(digits, 16));
      at += 2;
    } else {
      if (char === "?") inForm = true;
      out += char === "+" && inForm ? " " : char;
    }
  }
  return out;
}

const hexByte = (char: string) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;

export const encodingConverters: Converters = {
  hex: bytes((value) => str(value.toString("hex").toUpperCase())),
  hex2i: texts(hexNumber),
  base64: bytes((value) => str(value.toString("base64"))),
  b64dec: texts((value) => {
    const decoded = fromBase64(value);
    return decoded && bin(decoded);
  }),
  ub64enc: bytes((value) => str(value.toString("base64url"))),
  ub64dec: texts((value) => {
    const decoded = fromBase64Url(value);
    return decoded && bin(decoded);
  }),
  be2dec: chunks("dec"),
  be2hex: chunks("hex"),
  bytes: slice,
  url_dec: {
    from: "str",
    make: (arguments_) => {
      const form = (number(arguments_, 0) ?? 0) !== 0;
      return (sample) => {
        const decoded = urlDecode(textOf(sample), form);
        return decoded === undefined ? undefined : str(decoded);
      };
    },
  },
  url_enc: texts((value) => str(value.replace(/[^A-Za-z0-9._~-]/g, hexByte))),
};
