import type { StickTable } from "../../config/haproxy/model/index.js";
import { word } from "./table-words.js";

/** How a stored value is kept: two's complement or not, 64 bits wide, events in a period, a number of the dictionary. */
export type StoredKind = "sint" | "uint" | "ull" | "rate" | "dict";

/** What a table may store. `wire` is its number in the peers protocol, and the order in which `show table` prints. */
export interface StoredName {
  readonly name: string;
  readonly kind: StoredKind;
  readonly array: boolean;
  readonly wire: number;
  /** Never learned from a peer. */
  readonly local: boolean;
}

const kinds: readonly (readonly [name: string, kind: StoredKind])[] = [
  ["server_id", "sint"],
  ["gpt0", "uint"],
  ["gpc0", "uint"],
  ["gpc0_rate", "rate"],
  ["conn_cnt", "uint"],
  ["conn_rate", "rate"],
  ["conn_cur", "uint"],
  ["sess_cnt", "uint"],
  ["sess_rate", "rate"],
  ["http_req_cnt", "uint"],
  ["http_req_rate", "rate"],
  ["http_err_cnt", "uint"],
  ["http_err_rate", "rate"],
  ["bytes_in_cnt", "ull"],
  ["bytes_in_rate", "rate"],
  ["bytes_out_cnt", "ull"],
  ["bytes_out_rate", "rate"],
  ["gpc1", "uint"],
  ["gpc1_rate", "rate"],
  ["server_key", "dict"],
  ["http_fail_cnt", "uint"],
  ["http_fail_rate", "rate"],
  ["gpt", "uint"],
  ["gpc", "uint"],
  ["gpc_rate", "rate"],
];

export const storedNames: readonly StoredName[] = kinds.map(([name, kind], wire) => ({
  name,
  kind,
  array: name === "gpt" || name === "gpc" || name === "gpc_rate",
  wire,
  local: name === "conn_cur",
}));

/** "server_name" is the older word for "server_key". */
export function storedName(name: string): StoredName | undefined {
  const wanted = name === "server_name" ? "server_key" : name;
  return storedNames.find((each) => each.name === wanted);
}

/** A value of an entry: where its 32-bit words stand after the entry's beginning. */
export interface StoredField extends StoredName {
  readonly offset: number;
  readonly words: number; // of one element
  readonly elements: number;
  readonly periodMs: number;
}

const wordsOf: Record<StoredKind, number> = { sint: 1, uint: 1, ull: 2, rate: 4, dict: 1 };

export interface Layout {
  /** Words of an entry. */
  readonly stride: number;
  readonly keyBytes: number;
  /** Fields in the order of their numbers. */
  readonly fields: readonly StoredField[];
  readonly values: number; // offset of the first value
}

export function layoutOf(settings: StickTable): Layout {
  const keyBytes = keyBytesOf(settings);
  let at = word.key + Math.ceil(keyBytes / 4);
  at += at % 2;
  const values = at;
  const fields: StoredField[] = [];
  for (const known of storedNames) {
    const stored = settings.stores.find((each) => storedName(each.name) === known);
    if (stored === undefined) continue;
    const words = wordsOf[known.kind];
    const elements = known.array ? Math.max(1, stored.elements ?? 1) : 1;
    fields.push({ ...known, offset: at, words, elements, periodMs: stored.periodMs ?? 1000 });
    at += words * elements;
    at += at % 2;
  }
  return { stride: at, keyBytes, fields, values };
}

function keyBytesOf(settings: StickTable): number {
  if (settings.type === "ip" || settings.type === "integer") return 4;
  if (settings.type === "ipv6") return 16;
  return settings.keyLength;
}
