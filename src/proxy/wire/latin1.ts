interface Sliced {
  latin1Slice(from: number, to: number): string;
  latin1Write(text: string, at: number, length: number): number;
}

/** Bytes as text of which each character is one byte. The method is toString's own, without its detours. */
export function latin1Text(bytes: Buffer, from: number, to: number): string {
  return (bytes as unknown as Sliced).latin1Slice(from, to);
}

/** Text of which each character is one byte, written to the beginning of a buffer that has room for it. */
export function writeLatin1(bytes: Buffer, text: string): void {
  (bytes as unknown as Sliced).latin1Write(text, 0, text.length);
}
