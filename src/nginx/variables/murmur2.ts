const factor = 0x5bd1e995;

/** MurmurHash2 of 32 bits with seed 0 (Appleby; nginx's ngx_murmur_hash2). One character is one byte. */
export function murmur2(text: string): number {
  let hash = text.length;
  let at = 0;
  for (; at + 4 <= text.length; at += 4) {
    let word =
      byte(text, at) | (byte(text, at + 1) << 8) | (byte(text, at + 2) << 16) | (byte(text, at + 3) << 24);
    word = Math.imul(word, factor);
    word = Math.imul(word ^ (word >>> 24), factor);
    hash = Math.imul(hash, factor) ^ word;
  }
  const rest = text.length - at;
  if (rest > 2) hash ^= byte(text, at + 2) << 16;
  if (rest > 1) hash ^= byte(text, at + 1) << 8;
  if (rest > 0) hash = Math.imul(hash ^ byte(text, at), factor);
  hash = Math.imul(hash ^ (hash >>> 13), factor);
  return (hash ^ (hash >>> 15)) >>> 0;
}

const byte = (text: string, at: number): number => text.charCodeAt(at) & 255;
