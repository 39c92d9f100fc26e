import type { Argument } from "../../../config/haproxy/model/index.js";
import type { SampleContext, StickTableRun, TableEntry } from "../../run/index.js";
import { ipSample } from "../addresses.js";
import type { Environment, Fetches, MakeFetch } from "../registry.js";
import { bool, sint } from "../value.js";

/** An entry of a table; undefined where the key isn't in it. */
export interface Found {
  readonly table: StickTableRun;
  readonly entry: TableEntry | undefined;
}

type Find = (context: SampleContext, create: boolean) => Found | undefined;

export function tableOf(argument: Argument | undefined, environment: Environment): StickTableRun | undefined {
  const name =
    argument && "name" in argument ? argument.name : argument?.kind === "str" ? argument.value : undefined;
  return name === undefined ? undefined : environment.process.tables.get(name);
}

/** What is tracked as sc0, sc1 …: by the stream, or else by its connection. In another table, if one is named, by the same key. */
const tracked =
  (slot: number, other: Argument | undefined, environment: Environment): Find =>
  ({ stream, session }) => {
    const own = stream?.tracked[slot] ?? session?.tracked[slot];
    if (own === undefined || other === undefined || other.kind === "none") return own;
    const table = tableOf(other, environment);
    return table && { table, entry: table.lookup(own.entry.key) };
  };

/** The client's address in a table. */
const bySource =
  (argument: Argument | undefined, environment: Environment): Find =>
  ({ stream, session }, create) => {
    const table = tableOf(argument, environment);
    const source = stream?.source ?? session?.source;
    const sample = source && ipSample(source.host, source.family);
    const key = sample && table?.key(sample);
    if (table === undefined || key === undefined) return undefined;
    return { table, entry: create ? table.getOrCreate(key) : table.lookup(key) };
  };

/** What a counter's name means: what is read, of which element, and how it is shown. */
interface Reading {
  readonly stored: string;
  readonly change?: "increment" | "clear";
  readonly kilobytes?: boolean;
  /** The number of the element is the first argument. */
  readonly array?: boolean;
}

export const readings: Readonly<Record<string, Reading>> = {
  bytes_in_rate: { stored: "bytes_in_rate" },
  bytes_out_rate: { stored: "bytes_out_rate" },
  conn_cnt: { stored: "conn_cnt" },
  conn_cur: { stored: "conn_cur" },
  conn_rate: { stored: "conn_rate" },
  http_err_cnt: { stored: "http_err_cnt" },
  http_err_rate: { stored: "http_err_rate" },
  http_fail_cnt: { stored: "http_fail_cnt" },
  http_fail_rate: { stored: "http_fail_rate" },
  http_req_cnt: { stored: "http_req_cnt" },
  http_req_rate: { stored: "http_req_rate" },
  kbytes_in: { stored: "bytes_in_cnt", kilobytes: true },
  kbytes_out: { stored: "bytes_out_cnt", kilobytes: true },
  sess_cnt: { stored: "sess_cnt" },
  sess_rate: { stored: "sess_rate" },
  get_gpc0: { stored: "gpc0" },
  get_gpc1: { stored: "gpc1" },
  get_gpt0: { stored: "gpt0" },
  gpc0_rate: { stored: "gpc0_rate" },
  gpc1_rate: { stored: "gpc1_rate" },
  inc_gpc0: { stored: "gpc0", change: "increment" },
  inc_gpc1: { stored: "gpc1", change: "increment" },
  clr_gpc0: { stored: "gpc0", change: "clear" },
  clr_gpc1: { stored: "gpc1", change: "clear" },
  get_gpc: { stored: "gpc", array: true },
  get_gpt: { stored: "gpt", array: true },
  gpc_rate: { stored: "gpc_rate", array: true },
  inc_gpc: { stored: "gpc", array: true, change: "increment" },
  clr_gpc: { stored: "gpc", array: true, change: "clear" },
};

/** undefined: the table doesn't store it. An entry that isn't there has 0. */
export function readCounter(
  { table, entry }: Found,
  { stored, change, kilobytes }: Reading,
  element: number,
): number | undefined {
  if (entry === undefined) return 0;
  if (change === "increment") {
    // The rate counts too where it is stored, and is what is given where the counter itself isn't.
    const rate = `${stored}_rate`;
    const events = table.has(rate, element) ? entry.add(rate, 1, element) : 0;
    return table.has(stored, element) ? entry.add(stored, 1, element) : events;
  }
  if (!table.has(stored, element)) return undefined;
  const value = entry.get(stored, element);
  if (change === "clear") entry.set(stored, 0, element);
  return kilobytes ? Math.floor(value / 1024) : value;
}

const reader = (reading: Reading, element: number, find: Find): ReturnType<MakeFetch> => ({
  one(context) {
    const found = find(context, reading.change !== undefined);
    const value = found && readCounter(found, reading, element);
    return value === undefined ? undefined : sint(value);
  },
});

const sint32 = (argument: Argument | undefined): number =>
  argument && "value" in argument ? Number(argument.value) : 0;

/** Arrays have their element's number first; `sc_` then has the slot's, and a table may follow. */
const family = (prefix: "sc_" | "sc0_" | "sc1_" | "sc2_" | "src_"): Fetches => {
  const make =
    (array: boolean, use: (element: number, find: Find) => ReturnType<MakeFetch>): MakeFetch =>
    (given, environment) => {
      const rest = [...given];
      const element = array ? sint32(rest.shift()) : 0;
      if (prefix === "src_") return use(element, bySource(rest[0], environment));
      const slot = prefix === "sc_" ? sint32(rest.shift()) : Number(prefix[2]);
      return use(element, tracked(slot, rest[0], environment));
    };
  const made: Record<string, MakeFetch> = {};
  for (const [name, reading] of Object.entries(readings))
    made[prefix + name] = make(reading.array === true, (element, find) => reader(reading, element, find));
  if (prefix === "src_") {
    made["src_updt_conn_cnt"] = make(false, (_, find) => (context) => {
      const found = find(context, true);
      if (found?.entry === undefined || !found.table.has("conn_cnt")) return undefined;
      return sint(found.entry.add("conn_cnt", 1));
    });
    return made;
  }
  made[`${prefix}tracked`] = make(false, (_, find) => (context) => bool(find(context, false) !== undefined));
  made[`${prefix}trackers`] = make(false, (_, find) => (context) => {
    const found = find(context, false);
    return found && sint(found.entry?.users ?? 0);
  });
  return made;
};

const ofTable =
  (read: (table: StickTableRun) => number): MakeFetch =>
  ([argument], environment) =>
  () => {
    const table = tableOf(argument, environment);
    return table && sint(read(table));
  };

export const counterFetches: Fetches = {
  ...family("sc_"),
  ...family("sc0_"),
  ...family("sc1_"),
  ...family("sc2_"),
  ...family("src_"),
  table_cnt: ofTable((table) => table.used),
  table_avl: ofTable((table) => table.settings.size - table.used),
};
