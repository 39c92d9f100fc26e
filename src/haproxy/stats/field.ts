/**
 * What a figure is: origin, nature and scope as one letter each, then its type (management.txt, 9.2):
 *
 *     M G P : u32
 *     | | |    `- s32, u32, s64, u64, flt, str
 *     | | `- scope: Process, Service, system, Cluster
 *     | `- nature: Age, average, Counter, Duration, Gauge, Limit, Max, min, Name, Output, Rate, Time
 *     `- origin: Metric, Status, Key, Config, Product
 */
export type FieldTag = `${string}:${FieldType}`;

export type FieldType = "s32" | "u32" | "s64" | "u64" | "flt" | "str";

export type FieldValue = number | string;

const origins: Readonly<Record<string, string>> = {
  M: "Metric",
  S: "Status",
  K: "Key",
  C: "Config",
  P: "Product",
};
const natures: Readonly<Record<string, string>> = {
  G: "Gauge",
  L: "Limit",
  m: "Min",
  M: "Max",
  R: "Rate",
  C: "Counter",
  D: "Duration",
  A: "Age",
  T: "Time",
  N: "Name",
  O: "Output",
  a: "Avg",
};
const scopes: Readonly<Record<string, string>> = { P: "Process", S: "Service", s: "System", C: "Cluster" };

/** The three letters and the type of a tag; a fraction's type is "flt" whatever the tag says. */
export function splitTag(tag: FieldTag): { letters: string; type: FieldType } {
  return { letters: tag.slice(0, 3), type: tag.slice(4) as FieldType };
}

/** `{"origin":"Metric","nature":"Gauge","scope":"Process"}` */
export function tagWords(letters: string): { origin: string; nature: string; scope: string } {
  return {
    origin: origins[letters[0] ?? ""] ?? "Unknown",
    nature: natures[letters[1] ?? ""] ?? "Unknown",
    scope: scopes[letters[2] ?? ""] ?? "Unknown",
  };
}

/** A number as it is printed: whole numbers without a point, others with up to six places and no zeros at the end. */
export function printNumber(value: number): string {
  if (Number.isInteger(value)) return String(value);
  return value.toFixed(6).replace(/\.?0+$/, "");
}

/** A number made whole and kept within what its type may hold. */
export function clampNumber(value: number, type: FieldType): number {
  if (!Number.isFinite(value)) return 0;
  if (type === "flt") return value;
  const whole = Math.trunc(value);
  if (type === "u32") return Math.min(Math.max(whole, 0), 0xffffffff);
  if (type === "s32") return Math.min(Math.max(whole, -0x80000000), 0x7fffffff);
  if (type === "u64") return Math.min(Math.max(whole, 0), Number.MAX_SAFE_INTEGER);
  return whole;
}
