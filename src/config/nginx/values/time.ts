const second = 1000n;
/** Units from the largest: each may follow larger ones only. Years and months count 365 and 30 days. */
const units = [
  ["y", 365n * 86400n * second],
  ["M", 30n * 86400n * second],
  ["w", 7n * 86400n * second],
  ["d", 86400n * second],
  ["h", 3600n * second],
  ["m", 60n * second],
  ["s", second],
  ["ms", 1n],
] as const;
const largest = 2n ** 63n - 1n;

/** Milliseconds of "1m 30s", "1.5s" being none; a bare number is seconds (ngx_parse_time). Undefined: it is no time. */
export const parseMilliseconds = (text: string) => parseTime(text, 1n, 2);

/** The same in whole seconds; "ms" is no unit then, but "M" and "y" are. */
export const parseSeconds = (text: string) => parseTime(text, second, 0);

function parseTime(text: string, unit: bigint, first: number): number | undefined {
  let next = first;
  const last = unit === 1n ? units.length : units.length - 1;
  let total = 0n;
  let rest = text;
  if (!/[0-9]/.test(text)) return undefined;
  while (rest !== "") {
    // A bare number ends the time; with a blank behind it, too.
    const [all, digits, name] = /^([0-9]*)(ms|[yMwdhms]|(?= )|$) */.exec(rest) ?? [];
    if (all === undefined || (all === "" && rest !== "")) return undefined;
    const index = name === "" ? (next <= 6 ? 6 : -1) : units.findIndex(([each]) => each === name);
    const bare = name === "" && !rest.slice(digits!.length).startsWith(" ");
    if (!bare && (index < next || index >= last)) return undefined;
    total += (BigInt(digits === "" ? 0 : digits!) * (bare ? second : units[index]![1])) / unit;
    if (name === "") next = units.length;
    else next = index + 1;
    rest = rest.slice(all.length);
  }
  return total > largest ? undefined : Number(total);
}
