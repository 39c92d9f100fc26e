import type { UpstreamModel } from "../../config/nginx/model/index.js";
import { isNamed } from "./address.js";
import { STATE_WORDS } from "./peer.js";

export const HEADER_WORDS = 16;
/** A name has so many places: more than addresses, so that one that comes needn't wait until one that went is no longer in use. */
const PLACES_OF_NAME = 32;
/** Of an upstream with a zone, for servers that come while it runs: one for so many bytes of it. */
const ZONE_BYTES = 512;
const [LEAST_SPARE, MOST_SPARE] = [64, 1024];
const TABLE_BYTES_OF_PLACE = 512;

/**
 * What all threads share of an upstream, and with `zone` all workers:
 *
 * ```
 *     lock, generation, …  (16 words)
 *     for each place: state of a peer (STATE_WORDS)
 *     for each slot of a worker, for each place: how many of its connections are that worker's (1 word)
 *     its servers and their addresses, as JSON, twice: a new table is written where the one that holds isn't
 * ```
 *
 * Without JSON they are those of the configuration, in its order.
 */
export interface Layout {
  readonly places: number;
  /** The word where the workers' own connections begin, and how many words there are before the texts. */
  readonly ledger: number;
  readonly words: number;
  /** Of one text. */
  readonly textBytes: number;
  readonly bytes: number;
}

/** @param slots how many workers have connections of their own; 0: one process alone */
export function layoutOf(model: UpstreamModel, slots: number): Layout {
  const names = model.servers.filter(isNamed).length;
  const { zone } = model;
  const spare =
    zone === undefined ? 0 : Math.min(MOST_SPARE, Math.max(LEAST_SPARE, Math.floor(zone.size / ZONE_BYTES)));
  const places = model.servers.length - names + PLACES_OF_NAME * names + spare;
  const ledger = HEADER_WORDS + places * STATE_WORDS;
  const words = ledger + slots * places;
  const changes = names > 0 || zone !== undefined;
  const textBytes = changes ? places * TABLE_BYTES_OF_PLACE : 0;
  return { places, ledger, words, textBytes, bytes: 4 * words + 2 * textBytes };
}
