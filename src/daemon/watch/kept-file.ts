import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname } from "node:path";
import { replaceFile } from "../../sys/index.js";
import type { KeptWord } from "./agent-word.js";
import type { Kept } from "./machine.js";
import type { KeptPlace } from "./place.js";

/** Where it is kept what outlives a watch. */
export interface KeptStore {
  /** What the last watch has left; nothing if it ended in order. `complain` is told of what can't be read. */
  read(complain: (sentence: string) => void): Kept;
  write(kept: Kept): void;
}

const nothing: Kept = { places: {}, agents: {} };

/** A file, which is there only while there is something to keep, and is replaced whole. */
export function keptFile(path: string, wall: () => number = Date.now): KeptStore {
  let written: string | undefined;
  return {
    read(complain) {
      let text: string;
      try {
        text = readFileSync(path, "utf8");
      } catch {
        return nothing;
      }
      const found = readKept(text, wall());
      if (!found) complain(`${path} can't be read: weights that an earlier watch took away are not known`);
      return found ?? nothing;
    },
    write(kept) {
      const empty = Object.keys(kept.places).length + Object.keys(kept.agents).length === 0;
      const text = empty ? "" : JSON.stringify(kept);
      if (text === written) return;
      if (empty) rmSync(path, { force: true });
      else {
        mkdirSync(dirname(path), { recursive: true });
        replaceFile(path, `${JSON.stringify({ version: 1, at: wall(), ...kept })}\n`, { mode: 0o600 });
      }
      written = text;
    },
  };
}

/** What a file says; undefined if it is none of ours. Times that it tells have gone on since. */
export function readKept(text: string, wall: number): Kept | undefined {
  try {
    const { version, at, places, agents } = JSON.parse(text) as Record<string, unknown>;
    if (version !== 1 || !isRecord(places) || !isRecord(agents)) return undefined;
    const age = Math.max(0, wall - Number(at));
    const kept: Record<string, KeptPlace> = {};
    for (const [key, place] of Object.entries(places)) {
      if (!isPlace(place)) return undefined;
      kept[key] = place.gone === undefined ? place : { ...place, gone: place.gone + age };
    }
    if (!Object.values(agents).every(isWord)) return undefined;
    return { places: kept, agents: agents as Record<string, KeptWord> };
  } catch {
    return undefined;
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isWeight = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0x7fff_ffff;

const isPlace = (value: unknown): value is KeptPlace =>
  isRecord(value) &&
  isWeight(value["configured"]) &&
  Array.isArray(value["ours"]) &&
  value["ours"].every(isWeight);

const isWord = (value: unknown): value is KeptWord =>
  isRecord(value) &&
  typeof value["percent"] === "number" &&
  value["percent"] >= 0 &&
  value["percent"] <= 100 &&
  typeof value["administrative"] === "string" &&
  typeof value["operating"] === "string";
