/** Bytes of a text of hexadecimal digits, blanks between as one likes; "x" stands for any half byte where it may. */
export function readHex(
  text: string,
  wildcards: boolean,
): { readonly bytes: Uint8Array; readonly mask: Uint8Array } | undefined {
  const bytes: number[] = [];
  const mask: number[] = [];
  for (let at = 0; at < text.length; ) {
    if (text[at] === " " || text[at] === "\t") {
      at++;
      continue;
    }
    let byte = 0;
    let any = 0;
    for (let half = 0; half < 2 && at < text.length && text[at] !== " "; half++, at++) {
      const digit = text[at]!;
      byte <<= 4;
      any <<= 4;
      if (/[0-9a-fA-F]/.test(digit)) byte |= Number.parseInt(digit, 16);
      else if (wildcards && /[xX]/.test(digit)) any |= 15;
      else return undefined;
    }
    bytes.push(byte);
    mask.push(any);
  }
  return bytes.length === 0 ? undefined : { bytes: Uint8Array.from(bytes), mask: Uint8Array.from(mask) };
}
