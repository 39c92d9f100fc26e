import { clampNumber, type FieldValue, splitTag } from "./field.js";
import { type StatKind, type StatName, statColumns } from "./stat-fields.js";

/** What is known of a front end, listener, server or back end; what is absent is empty in CSV. */
export type StatValues = Readonly<Partial<Record<StatName, FieldValue | undefined>>>;

/** A line of `show stat`: values in the columns' order. */
export interface StatRow {
  readonly kind: StatKind;
  readonly proxyId: number;
  readonly id: number; // of the listener or server; 0
  readonly values: readonly (FieldValue | undefined)[];
  readonly byName: StatValues;
}

/** The number in column "type". */
export const kindNumbers: Readonly<Record<StatKind, number>> = { F: 0, B: 1, S: 2, L: 3 };

/** Puts values in order; those of columns that the kind of line doesn't have are left out. */
export function makeRow(kind: StatKind, proxyId: number, id: number, given: StatValues): StatRow {
  const byName: Partial<Record<StatName, FieldValue>> = {};
  const all: StatValues = { ...given, pid: 1, iid: proxyId, sid: id, type: kindNumbers[kind] };
  const values = statColumns.map(({ name, tags }) => {
    const tag = tags[kind];
    const value = all[name];
    if (tag === undefined || value === undefined) return undefined;
    const kept = typeof value === "number" ? clampNumber(value, splitTag(tag).type) : value;
    byName[name] = kept;
    return kept;
  });
  return { kind, proxyId, id, values, byName };
}
