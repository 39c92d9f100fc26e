/** Whether tests try everything that there is, which takes long: some of it is enough each time. */
export const thorough = process.env["RONDO_THOROUGH"] !== undefined;

/** The numbers below `count`: the first three, the last one and every third; all where tests are {@link thorough}. */
export function sampled(count: number): number[] {
  const all = Array.from({ length: count }, (_, number) => number);
  return all.filter((number) => thorough || number < 3 || number === count - 1 || number % 3 === 0);
}
