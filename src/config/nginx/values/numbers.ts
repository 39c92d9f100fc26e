const largest = 2n ** 63n - 1n;

/** A whole number without a sign (ngx_atoi); undefined: it is none, or too large. */
export function parseNumber(text: string): number | undefined {
  if (!/^[0-9]+$/.test(text)) return undefined;
  return BigInt(text) > largest ? undefined : Number(text);
}

/** Bytes: a number, "k" or "m" behind it (ngx_parse_size). */
export const parseSize = (text: string) => scaled(text, /^([0-9]+)([km]?)$/i);

/** Bytes: a number, "k", "m" or "g" behind it (ngx_parse_offset). */
export const parseOffset = (text: string) => scaled(text, /^([0-9]+)([kmg]?)$/i);

const scales: Readonly<Record<string, bigint>> = { "": 1n, k: 1024n, m: 1024n ** 2n, g: 1024n ** 3n };

function scaled(text: string, form: RegExp): number | undefined {
  const [, digits, unit] = form.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const value = BigInt(digits) * scales[unit!.toLowerCase()]!;
  return value > largest ? undefined : Number(value);
}
