/** FIX (Financial Information eXchange): fields "TAG=VALUE", each with a byte of 1 behind it; the last is CheckSum. */
const tags = { beginString: 8, bodyLength: 9, checkSum: 10, messageType: 35 } as const;
const names: Readonly<Record<string, number>> = {
  msgtype: 35,
  checksum: 10,
  bodylength: 9,
  targetcompid: 56,
  beginstring: 8,
  sendercompid: 49,
};
/** The highest tag of each version; those from 10000 to 19999 are anybody's. */
const highest: Readonly<Record<string, number>> = {
  "FIX.4.0": 140,
  "FIX.4.1": 211,
  "FIX.4.2": 446,
  "FIX.4.3": 659,
  "FIX.4.4": 956,
  "FIXT.1.1": 1621,
};
const shortest = 26;

/** A tag's number, by its name or as written; undefined of what is neither. */
export function fixTag(text: string): number | undefined {
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  return names[text.toLowerCase()];
}

interface Field {
  readonly tag: number;
  readonly value: string;
  readonly start: number;
  readonly end: number;
}

/** The field that begins at a place. "more": it isn't whole yet. undefined: it isn't one. */
function fieldAt(message: string, start: number): Field | undefined | "more" {
  const end = message.indexOf("\x01", start);
  const equal = message.indexOf("=", start);
  if (end < 0) return "more";
  if (equal < 0 || equal > end || equal === start || equal + 1 > end) return undefined;
  const id = message.slice(start, equal);
  if (!/^\d+$/.test(id) || Number(id) === 0 || equal + 1 === end) return undefined;
  return { tag: Number(id), value: message.slice(equal + 1, end), start, end: end + 1 };
}

/** The value of a tag. "more": it may still come. undefined: there is none. */
export function fixValue(message: string, tag: number): string | undefined | "more" {
  for (let at = 0; at < message.length; ) {
    const field = fieldAt(message, at);
    if (field === "more" || field === undefined) return field;
    if (field.tag === tag) return field.value;
    if (field.tag === tags.checkSum) return undefined;
    at = field.end;
  }
  return "more";
}

/** Whether a message is right: BeginString, BodyLength and MsgType first, tags of its version, length and sum. */
export function validFix(message: string): boolean | "more" {
  if (message.length < shortest) return "more";
  let version = "";
  let length = 0;
  let body = -1;
  let sum = 0;
  for (let at = 0, count = 1; at < message.length; count++) {
    const field = fieldAt(message, at);
    if (field === "more") return "more";
    if (field === undefined) return false;
    const { tag, value, end } = field;
    if (version !== "" && (tag < 10000 || tag > 19999) && tag > (highest[version] as number)) return false;
    if (count === 1) {
      if (tag !== tags.beginString || highest[value] === undefined) return false;
      version = value;
    } else if (count === 2) {
      if (tag !== tags.bodyLength || !/^\d+$/.test(value) || Number(value) === 0) return false;
      length = Number(value);
      body = end;
    } else if (count === 3) {
      if (tag !== tags.messageType) return false;
    } else if (tag === tags.checkSum)
      return at - body === length && value.length === 3 && Number(value) === (sum & 255);
    for (let byte = at; byte < end; byte++) sum += message.charCodeAt(byte);
    at = end;
  }
  return body >= 0 ? "more" : false;
}
