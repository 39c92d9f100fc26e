interface Sliced {
  latin1Slice(from: number, to: number): string;
  latin1Write(text: string, at: number, length: number): number;
}

/** Bytes as text of which each character is one byte. The method is toString's own, without its detours. */
export function latin1Text(bytes: Buffer, from: number, to: number): string {
  return (bytes as unknown as Sliced).latin1Slice(from, to);
}

/** Text of which each character is one byte, written to a buffer that has room for it. The method is Buffer.write's own. */
export function writeLatin1(bytes: Buffer, at: number, text: string): void {
  (bytes as unknown as Sliced).latin1Write(text, at, text.length);
}
