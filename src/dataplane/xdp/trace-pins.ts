import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type BpfMap, createMap, mapSpecOf, openPinnedMap } from "../../bpf/index.js";
import { isRecordingLocked } from "./recording-lock.js";
import { traced, traceFilter } from "./trace-maps.js";

/**
 * The maps of a trace, pinned beside the director's while it runs: who loads a director's program meanwhile (for another
 * interface, for a larger connection table) finds them, and loads one that follows packets, too.
 */
const declared = [traceFilter, traced];

/** Where a director has its pins. */
interface Pinned {
  readonly folder: string;
}
export type TraceMaps = Readonly<Record<string, BpfMap>>;

/** Whether there is a trace, or one that was killed has left its pins and its programs. */
export const hasTracePins = ({ folder }: Pinned): boolean => existsSync(join(folder, traceFilter.name));

/** Makes and pins the maps of a trace of this filter. */
export function pinTrace({ folder }: Pinned, filter: Uint8Array): TraceMaps {
  const maps: Record<string, BpfMap> = {};
  try {
    for (const map of declared) maps[map.name] = createMap(mapSpecOf(map));
    maps[traceFilter.name]!.memory({ write: true }).bytes.set(filter);
    // The filter last, and taken away last: as long as it is pinned there may be programs to put right.
    for (const { name } of [...declared].reverse()) maps[name]!.pin(join(folder, name), { replace: true });
    return maps;
  } catch (error) {
    unpinTrace({ folder });
    closeTrace(maps);
    throw error;
  }
}

/** From now on programs that are loaded don't trace. */
export const retireTrace = ({ folder }: Pinned): void => rmSync(join(folder, traced.name), { force: true });

/** No program that traces is attached any more. */
export function unpinTrace({ folder }: Pinned): void {
  for (const { name } of [...declared].reverse()) rmSync(join(folder, name), { force: true });
}

/** The maps of the trace that runs now, to be closed; undefined if there is none. */
export function openTrace(state: Pinned): TraceMaps | undefined {
  if (!declared.every(({ name }) => existsSync(join(state.folder, name))) || !isRecordingLocked())
    return undefined;
  const maps: Record<string, BpfMap> = {};
  for (const { name } of declared) maps[name] = openPinnedMap(join(state.folder, name));
  return maps;
}

export function closeTrace(maps: TraceMaps): void {
  for (const map of Object.values(maps)) map.close();
}
