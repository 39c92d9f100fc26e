import type { Place } from "../../../config/finding.js";
import { at, Mistake } from "../../../config/nginx/mistake.js";
import type { Network } from "./network.js";
import { type Step, StepWriter } from "./steps.js";

/** Of addresses whose first 16 bits are the same: the last 16 bits from a first to a last one. */
interface Range {
  readonly start: number;
  readonly end: number;
  readonly value: string;
}

/** A line of `ranges`: a range with its value, or one that goes (`delete`). */
type Said = Network & {
  readonly value: string;
  readonly text: string;
  readonly place: Place;
  readonly removes?: true | undefined;
};

/**
 * The steps of geo's `ranges`, which nginx keeps apart by the first 16 bits (ngx_http_geo_add_range): a later range may lie within an earlier
 * one, or be the same.
 * @throws Mistake with its place: `range "x" overlaps "y"`
 */
export function stepsOfRanges(ranges: readonly Said[], otherwise: string): readonly Step<string>[] {
  const chunks = new Map<number, Range[]>();
  for (const { first, last, value, text, place, removes } of ranges)
    for (let high = Number(first >> 16n); high <= Number(last >> 16n); high++) {
      const start = high === Number(first >> 16n) ? Number(first & 0xffffn) : 0;
      const end = high === Number(last >> 16n) ? Number(last & 0xffffn) : 0xffff;
      const chunk = chunks.get(high) ?? [];
      chunks.set(high, chunk);
      if (removes) remove(chunk, start, end);
      else at(place, () => add(chunk, { start, end, value }, high, text));
    }
  const writer = new StepWriter<string>();
  writer.begin(0n, otherwise);
  for (const [high, chunk] of [...chunks].sort(([a], [b]) => a - b))
    for (const { start, end, value } of chunk) {
      writer.begin(BigInt(high * 0x10000 + start), value);
      writer.begin(BigInt(high * 0x10000 + end + 1), otherwise);
    }
  return writer.steps;
}

/** Ranges mostly come in ascending order: the place is looked for from behind. */
function add(chunk: Range[], range: Range, high: number, text: string): void {
  let index = chunk.length - 1;
  while (index >= 0 && range.end < chunk[index]!.start) index--;
  const old = chunk[index];
  if (old === undefined || range.start > old.end) {
    chunk.splice(index + 1, 0, range);
    return;
  }
  if (range.start < old.start || range.end > old.end)
    throw new Mistake(`range "${text}" overlaps "${address(high, old.start)}-${address(high, old.end)}"`);
  const parts = [range];
  if (range.start > old.start) parts.unshift({ ...old, end: range.start - 1 });
  if (range.end < old.end) parts.push({ ...old, start: range.end + 1 });
  chunk.splice(index, 1, ...parts);
}

function remove(chunk: Range[], start: number, end: number): void {
  const index = chunk.findIndex((range) => range.start === start && range.end === end);
  if (index >= 0) chunk.splice(index, 1);
}

const address = (high: number, low: number): string => `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
