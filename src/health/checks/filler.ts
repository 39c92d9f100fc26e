/** What is sent where nobody said what: the real keepalived's words, again and again. */
export function filler(length: number): Buffer {
  return Buffer.alloc(length, "keepalived check - ");
}
