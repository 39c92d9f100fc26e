import fc from "fast-check";

/**
 * How a property is tried: always the same tries in the suite; RONDO_FUZZ_RUNS=N makes N of them, RONDO_FUZZ_SEED=N others.
 */
export function fuzzed(runs: number): fc.Parameters<unknown> {
  const number = (name: string) => Number(process.env[name] ?? Number.NaN);
  return { numRuns: number("RONDO_FUZZ_RUNS") || runs, seed: number("RONDO_FUZZ_SEED") || 26 };
}

/** Text with some pieces of it replaced by words, or by other pieces of it. */
export function mutated(texts: readonly string[], words: readonly string[]): fc.Arbitrary<string> {
  const cut = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.oneof(fc.nat(3), fc.nat(30)),
    word: fc.oneof(fc.constantFrom(...words), fc.string({ unit: "binary-ascii", maxLength: 6 })),
    copy: fc.option(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(40)), { freq: 4 }),
  });
  return fc.tuple(fc.constantFrom(...texts), fc.array(cut, { maxLength: 6 })).map(([text, cuts]) =>
    cuts.reduce((now, { at, length, word, copy }) => {
      const from = Math.floor(at * now.length);
      const start = copy ? Math.floor(copy[0] * now.length) : 0;
      return (
        now.slice(0, from) + (copy ? now.slice(start, start + copy[1]) : word) + now.slice(from + length)
      );
    }, text),
  );
}

/** Any bytes, one character each. */
export const anyBytes = (maxLength: number): fc.Arbitrary<string> =>
  fc.uint8Array({ maxLength }).map((bytes) => Buffer.from(bytes).toString("latin1"));
