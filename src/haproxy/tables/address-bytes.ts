/** "10.0.0.1" to its four bytes; undefined where it is no dotted quad. What follows the fourth number is ignored, as HAProxy does (buf2ip). */
export function ipv4Bytes(text: string): Uint8Array | undefined {
  const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)(?![.\d])/.exec(text);
  if (match === null) return undefined;
  const bytes = new Uint8Array(4);
  for (let at = 0; at < 4; at++) {
    const part = Number(match[at + 1]);
    if (part > 255) return undefined;
    bytes[at] = part;
  }
  return bytes;
}

/** "2001:db8::1", "::ffff:10.0.0.1" to their sixteen bytes; undefined where it is no IPv6 address. */
export function ipv6Bytes(text: string): Uint8Array | undefined {
  const [head, tail, more] = text.split("::");
  if (head === undefined || more !== undefined) return undefined;
  const front = groups(head);
  const back = tail === undefined ? [] : groups(tail);
  if (front === undefined || back === undefined) return undefined;
  const missing = 8 - front.length - back.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const bytes = new Uint8Array(16);
  [...front, ...new Array<number>(missing).fill(0), ...back].forEach((group, at) => {
    bytes[2 * at] = group >> 8;
    bytes[2 * at + 1] = group & 255;
  });
  return bytes;
}

function groups(text: string): number[] | undefined {
  if (text === "") return [];
  const found: number[] = [];
  const words = text.split(":");
  for (const [at, word] of words.entries()) {
    if (/^[\da-f]{1,4}$/i.test(word)) found.push(Number.parseInt(word, 16));
    else {
      const quad = at === words.length - 1 && /^\d+(\.\d+){3}$/.test(word) ? ipv4Bytes(word) : undefined;
      if (quad === undefined) return undefined;
      found.push((quad[0]! << 8) | quad[1]!, (quad[2]! << 8) | quad[3]!);
    }
  }
  return found;
}

export function ipv4Text(bytes: Uint8Array): string {
  return `${bytes[0]}.${bytes[1]}.${bytes[2]}.${bytes[3]}`;
}

/** As inet_ntop writes it: the longest run of zero groups (two or more) is "::". */
export function ipv6Text(bytes: Uint8Array): string {
  const all: number[] = [];
  for (let at = 0; at < 16; at += 2) all.push((bytes[at]! << 8) | bytes[at + 1]!);
  let from = -1;
  let length = 1;
  for (let at = 0; at < 8; at++) {
    let end = at;
    while (end < 8 && all[end] === 0) end++;
    if (end - at > length) {
      from = at;
      length = end - at;
    }
  }
  if (from === 0 && (length === 6 || (length === 5 && all[5] === 0xffff)))
    return `::${length === 5 ? "ffff:" : ""}${ipv4Text(bytes.subarray(12))}`;
  const words = all.map((group) => group.toString(16));
  if (from < 0) return words.join(":");
  return `${words.slice(0, from).join(":")}::${words.slice(from + length).join(":")}`;
}

/** IPv4 within IPv6 ("::ffff:a.b.c.d"), as v4tov6 makes it. */
export function ipv4Mapped(bytes: Uint8Array): Uint8Array {
  const mapped = new Uint8Array(16);
  mapped[10] = 0xff;
  mapped[11] = 0xff;
  mapped.set(bytes, 12);
  return mapped;
}

/** The IPv4 address of "::ffff:a.b.c.d"; of no other IPv6 address (v6tov4). */
export function ipv4Within(bytes: Uint8Array): Uint8Array | undefined {
  const mapped =
    bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
  return mapped ? bytes.slice(12) : undefined;
}
