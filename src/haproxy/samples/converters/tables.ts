import type { Argument } from "../../../config/haproxy/model/index.js";
import type { StickTableRun, TableEntry } from "../../run/index.js";
import { textOf } from "../cast.js";
import { readCounter, readings, tableOf } from "../fetches/counters.js";
import { usableServers } from "../fetches/proxies.js";
import { type ConverterKind, type Converters, number } from "../registry.js";
import { bool, no, sint } from "../value.js";

/**
 * A converter that looks its sample up in the table that an argument names, which changes nothing; `read` makes a value of what is found: `entry` is undefined
 * where the key isn't there. A sample that can't be a key of the table gives nothing.
 */
const lookingUp = (
  prepare: (arguments_: readonly Argument[]) => {
    readonly table: Argument | undefined;
    readonly read: (entry: TableEntry | undefined, table: StickTableRun) => number | bigint | undefined;
  },
): ConverterKind => ({
  from: "any",
  make: (arguments_, environment) => {
    const { table: argument, read } = prepare(arguments_);
    return (sample) => {
      const table = tableOf(argument, environment);
      const key = table?.key(sample);
      if (table === undefined || key === undefined) return undefined;
      const value = read(table.lookup(key), table);
      return value === undefined ? undefined : sint(value);
    };
  },
});

/** Names of converters are those of counters, without "get_". */
const counter = (name: string): ConverterKind => {
  const reading = readings[name] as (typeof readings)[string];
  return lookingUp((arguments_) => {
    const element = reading.array ? (number(arguments_, 0) ?? 0) : 0;
    return {
      table: arguments_[reading.array ? 1 : 0],
      read: (entry, table) => readCounter({ table, entry }, reading, element),
    };
  });
};

const counters = Object.fromEntries(
  Object.entries(readings)
    .filter(([, { change }]) => change === undefined)
    .map(([name]) => [`table_${name.replace(/^get_/, "")}`, counter(name)]),
);

/** "backend/server", or a server of the back end at hand. */
const serverQueue: ConverterKind = {
  from: "str",
  make: (_, environment) => (sample, context) => {
    const [first, second] = textOf(sample).split("/");
    const proxy =
      second === undefined ? context.stream?.backend : environment.process.backend(first as string);
    const name = second ?? first;
    const server = proxy?.back?.servers.find((each) => each.name === name);
    return server && sint(server.queued);
  },
};

/** How long an entry still lives, or has lain idle, in milliseconds; of a key that isn't there what the second argument says. */
const remaining = (give: "expire" | "idle"): ConverterKind =>
  lookingUp((arguments_) => {
    const otherwise = number(arguments_, 1);
    return {
      table: arguments_[0],
      read: (entry, table) => {
        if (entry === undefined) return otherwise;
        const lifetime = table.settings.expireMs ?? 0;
        return Math.round(give === "expire" ? entry.expiresInMs : Math.max(0, lifetime - entry.expiresInMs));
      },
    };
  });

export const tableConverters: Converters = {
  ...counters,
  table_expire: remaining("expire"),
  table_idle: remaining("idle"),
  in_table: {
    from: "any",
    make:
      ([argument], environment) =>
      (sample) => {
        const table = tableOf(argument, environment);
        const key = table?.key(sample);
        if (table === undefined) return undefined;
        return key === undefined ? no : bool(table.lookup(key) !== undefined);
      },
  },
  table_server_id: lookingUp(([table]) => ({
    table,
    read: (entry, found) => {
      if (entry === undefined) return 0;
      return found.has("server_id") ? entry.get("server_id") : undefined;
    },
  })),
  table_trackers: lookingUp(([table]) => ({ table, read: (entry) => entry?.users ?? 0 })),
  nbsrv: {
    from: "str",
    make: (_, environment) => (sample) => {
      const back = environment.process.backend(textOf(sample))?.back;
      return back && sint(usableServers(back));
    },
  },
  srv_queue: serverQueue,
};
