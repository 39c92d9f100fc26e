/**
 * HAProxy's way to find the word that was meant (tools.c, *_word_fingerprint): it counts which kinds of characters follow which, and takes the word
 * whose counts differ least.
 */
export function suggest(word: string, words: Iterable<string>): string | undefined {
  const print = fingerprint(word);
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of words) {
    const distance = difference(print, fingerprint(candidate));
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  if (best === undefined || least > 2 * word.length || least > 2 * best.length) return undefined;
  return best;
}

const edge = 28; // other characters too

function fingerprint(word: string): Map<number, number> {
  const counts = new Map<number, number>();
  let from = edge;
  const follow = (to: number) => {
    counts.set(32 * from + to, (counts.get(32 * from + to) ?? 0) + 1);
    from = to;
  };
  for (const char of word.toLowerCase()) {
    const to = char >= "a" && char <= "z" ? char.charCodeAt(0) - 96 : char >= "0" && char <= "9" ? 27 : edge;
    counts.set(to, 1);
    follow(to);
  }
  follow(edge);
  return counts;
}

function difference(a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>): number {
  let sum = 0;
  for (const key of new Set([...a.keys(), ...b.keys()]))
    sum += Math.abs((a.get(key) ?? 0) - (b.get(key) ?? 0));
  return sum;
}
