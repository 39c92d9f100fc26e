/**
 * DER (X.690): an element is a tag, a length and its content.
 *
 *     tag (1)   length: 0 to 0x7f | 0x80 + n, then n bytes   content
 */
export interface Element {
  readonly tag: number;
  readonly content: Buffer;
  /** Where the next one begins. */
  readonly end: number;
}

/** @throws RangeError where it is cut off. */
export function element(bytes: Buffer, at: number): Element {
  const tag = bytes[at] as number;
  let length = bytes[at + 1] as number;
  let start = at + 2;
  if (length & 0x80) {
    const size = length & 0x7f;
    length = bytes.readUIntBE(start, Math.max(1, Math.min(size, 6)));
    start += size;
  }
  if (!(start + length <= bytes.length)) throw new RangeError("an element is cut off");
  return { tag, content: bytes.subarray(start, start + length), end: start + length };
}

/** The elements of a SEQUENCE's or SET's content. @throws RangeError */
export function children(bytes: Buffer): Element[] {
  const found: Element[] = [];
  for (let at = 0; at < bytes.length; ) {
    const one = element(bytes, at);
    found.push(one);
    at = one.end;
  }
  return found;
}

/** "1.2.840.113549.1.1.11" */
export function objectNumber(content: Buffer): string {
  const numbers: number[] = [];
  let value = 0;
  for (const byte of content) {
    value = value * 128 + (byte & 127);
    if (byte & 128) continue;
    if (numbers.length === 0)
      numbers.push(Math.min(2, Math.floor(value / 40)), value - 40 * Math.min(2, Math.floor(value / 40)));
    else numbers.push(value);
    value = 0;
  }
  return numbers.join(".");
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** UTCTime or GeneralizedTime as OpenSSL prints it: "Apr 23 14:36:26 2021 GMT". */
export function timeText({ tag, content }: Element): string {
  const text = content.toString("latin1");
  // UTCTime has two digits of the year: 50 to 99 are of the last century (RFC 5280, section 4.1.2.5.1).
  const whole = tag === 0x17 ? `${Number(text.slice(0, 2)) < 50 ? "20" : "19"}${text}` : text;
  const found = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?/.exec(whole);
  if (found === null) return "Bad time value";
  const [, year, month, day, hour, minute, second = "00"] = found;
  return `${months[Number(month) - 1]} ${String(Number(day)).padStart(2)} ${hour}:${minute}:${second} ${year} GMT`;
}

/** Makes an element of its content. */
export function made(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  const { length } = content;
  const size = length < 0x80 ? [] : [...Buffer.from(hexOf(length), "hex")];
  return Buffer.concat([
    Buffer.from([tag, ...(size.length > 0 ? [0x80 + size.length, ...size] : [length])]),
    content,
  ]);
}

/** An INTEGER that isn't negative. */
export function integer(value: Uint8Array): Buffer {
  let from = 0;
  while (from < value.length - 1 && value[from] === 0) from++;
  const bytes = value.subarray(from);
  return made(0x02, (bytes[0] ?? 0) & 0x80 ? Buffer.from([0]) : Buffer.alloc(0), bytes);
}

/** An OBJECT IDENTIFIER of its numbers. */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((number) => {
    const groups = [number & 127];
    for (let left = Math.floor(number / 128); left > 0; left = Math.floor(left / 128))
      groups.unshift(128 | (left & 127));
    return groups;
  });
  return made(0x06, Buffer.from(bytes));
}

const hexOf = (number: number): string => {
  const hex = number.toString(16);
  return hex.length % 2 === 0 ? hex : `0${hex}`;
};

/** The DER in a PEM block. */
export function derOf(pem: string): Buffer {
  const body = /-----BEGIN [^-]+-----([\s\S]*?)-----END/.exec(pem)?.[1] ?? "";
  return Buffer.from(body, "base64");
}

/** A PEM block of DER, in lines of 64. */
export function pemOf(kind: string, der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${kind}-----\n${lines.join("\n")}\n-----END ${kind}-----\n`;
}
