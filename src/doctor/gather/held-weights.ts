import { existsSync, readFileSync } from "node:fs";
import { networkNamespaceCookie } from "../../sys/index.js";
import type { ServerFacts } from "../facts.js";

type Held = NonNullable<ServerFacts["held"]>;

/**
 * Servers whose weight another command of ours has taken away for now, by their place (ipvs/place.ts): what `rondo drain` and
 * `rondo slow-start` have noted, and what `rondo watch` keeps.
 */
export function readHeldWeights(folder = "/run/rondo", cookie = networkNamespaceCookie()): Map<string, Held> {
  const notes = objectIn(`${folder}/weights-${cookie}.json`);
  const watched = objectIn(`${folder}/watch-${cookie.toString(16)}/weights.json`)["places"] ?? {};
  return new Map<string, Held>([
    ...Object.keys(watched).map((place) => [place, "watch"] as const),
    ...Object.keys(notes).map((place) => [place, "drain"] as const),
  ]);
}

/** Nothing where there is none, or none of ours. */
function objectIn(path: string): Readonly<Record<string, object>> {
  try {
    return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) ?? {}) : {};
  } catch {
    return {};
  }
}
