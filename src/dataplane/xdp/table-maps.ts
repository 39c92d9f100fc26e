import { rmSync } from "node:fs";
import { join } from "node:path";
import { type BpfMap, createMap, listPins, mapSpecOf, openPinnedMap } from "../../bpf/index.js";
import { RondoError } from "../../errors.js";
import { SystemError } from "../../sys/index.js";
import { Bucket, epochShift, phaseMask, tablePhases } from "./layout.js";
import { connectionTable, successorsOf, type TableShape, tableNames } from "./table.js";

/**
 * The maps of the connection table, pinned by the epoch they belong to: `connections_EPOCH`, and while the table grows the
 * former epoch's too, with `successors_EPOCH`. Which of them count is said by one number (`tables` of the settings).
 */

/** What the settings' `tables` says. */
interface Tables {
  readonly epoch: number;
  readonly phase: number;
}
export const tablesOf = (number: number): Tables => ({
  epoch: number >>> epochShift,
  phase: number & phaseMask,
});
export const tablesNumber = ({ epoch, phase }: Tables): number => ((epoch << epochShift) | phase) >>> 0;

/** The pins of the maps that count, by the names that programs know them by. */
function pinNames({ epoch, phase }: Tables): Record<string, string> {
  const current = { [tableNames.current]: `connections_${epoch}` };
  if (phase === tablePhases.one) return current;
  return {
    ...current,
    [tableNames.former]: `connections_${epoch - 1}`,
    [tableNames.successors]: `successors_${epoch}`,
  };
}

/** Opens the maps that count. */
export function openTables(folder: string, tables: Tables): Record<string, BpfMap> {
  const maps: Record<string, BpfMap> = {};
  try {
    for (const [name, pin] of Object.entries(pinNames(tables))) maps[name] = openPinnedMap(join(folder, pin));
    return maps;
  } catch (error) {
    for (const map of Object.values(maps)) map.close();
    throw error;
  }
}

/** Makes a table, of which nobody knows yet. */
export const createTable = (buckets: number): BpfMap =>
  createMap(mapSpecOf(connectionTable(buckets).buckets));

/** Pins a table as an epoch's. */
export const pinTable = (folder: string, map: BpfMap, epoch: number): void =>
  map.pin(join(folder, `connections_${epoch}`), { replace: true });

/** Makes and pins what the next epoch of a table of so many buckets begins with: a table of another size, and the successors. */
export function makeNextTable(folder: string, epoch: number, buckets: number, former: number): void {
  const made: BpfMap[] = [];
  try {
    for (const [declared, pin] of [
      [connectionTable(buckets).buckets, `connections_${epoch}`],
      [successorsOf(former), `successors_${epoch}`],
    ] as const) {
      const map = createMap(mapSpecOf(declared));
      made.push(map);
      map.pin(join(folder, pin), { replace: true });
    }
  } catch (error) {
    if (!SystemError.is(error, "ENOMEM")) throw error;
    throw new RondoError("no-memory", "there is not enough memory for a larger connection table", {
      cause: error,
      remedy: "It takes 64 bytes for each entry, and for each entry of the old one 32 while it grows.",
    });
  } finally {
    for (const map of made) map.close();
  }
}

/** Removes the pins of tables that don't count: a table that has been replaced, or one whose maker was killed. */
export function forgetTables(folder: string, tables: Tables): void {
  const counted = new Set(Object.values(pinNames(tables)));
  for (const name of listPins(folder))
    if (/^(connections|successors)_\d+$/.test(name) && !counted.has(name))
      rmSync(join(folder, name), { force: true });
}

/** What programs have to know of these maps. */
export function shapeOf(maps: Readonly<Record<string, BpfMap>>, { epoch, phase }: Tables): TableShape {
  const buckets = (name: string) => maps[name]!.spec.valueSize / Bucket.size;
  return {
    buckets: buckets(tableNames.current),
    odd: epoch % 2 === 1,
    ...(phase !== tablePhases.one && { former: buckets(tableNames.former) }),
  };
}
