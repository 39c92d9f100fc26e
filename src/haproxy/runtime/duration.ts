const units: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** "10s", "2m", or a number of `unitMs` each: milliseconds; undefined where it is none. */
export function readDuration(text: string, unitMs: number): number | undefined {
  const found = /^(\d+)(us|ms|s|m|h|d)?$/.exec(text);
  if (found === null) return undefined;
  const unit = found[2];
  return Number(found[1]) * (unit === undefined ? unitMs : (units[unit] as number));
}
