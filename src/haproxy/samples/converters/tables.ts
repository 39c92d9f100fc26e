import { textOf } from "../cast.js";
import { readCounter, readings, tableOf } from "../fetches/counters.js";
import { usableServers } from "../fetches/proxies.js";
import { type ConverterKind, type Converters, number } from "../registry.js";
import { bool, no, sint } from "../value.js";

/** Names of converters are those of counters, without "get_"; none of them changes anything. */
const counter = (name: string): ConverterKind => {
  const reading = readings[name] as (typeof readings)[string];
  return {
    from: "any",
    make: (arguments_, environment) => {
      const element = reading.array ? (number(arguments_, 0) ?? 0) : 0;
      const argument = arguments_[reading.array ? 1 : 0];
      return (sample) => {
        const table = tableOf(argument, environment);
        const key = table?.key(sample);
        if (table === undefined || key === undefined) return undefined;
        const value = readCounter({ table, entry: table.lookup(key) }, reading, element);
        return value === undefined ? undefined : sint(value);
      };
    },
  };
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
const remaining = (give: "expire" | "idle"): ConverterKind => ({
  from: "any",
  make: (arguments_, environment) => {
    const otherwise = number(arguments_, 1);
    return (sample) => {
      const table = tableOf(arguments_[0], environment);
      const key = table?.key(sample);
      if (table === undefined || key === undefined) return undefined;
      const entry = table.lookup(key);
      if (entry === undefined) return otherwise === undefined ? undefined : sint(otherwise);
      const lifetime = table.settings.expireMs ?? 0;
      return sint(
        Math.round(give === "expire" ? entry.expiresInMs : Math.max(0, lifetime - entry.expiresInMs)),
      );
    };
  },
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
  table_server_id: {
    from: "any",
    make:
      ([argument], environment) =>
      (sample) => {
        const table = tableOf(argument, environment);
        const key = table?.key(sample);
        if (table === undefined || key === undefined) return undefined;
        const entry = table.lookup(key);
        if (entry === undefined) return sint(0);
        return table.has("server_id") ? sint(entry.get("server_id")) : undefined;
      },
  },
  table_trackers: {
    from: "any",
    make:
      ([argument], environment) =>
      (sample) => {
        const table = tableOf(argument, environment);
        const key = table?.key(sample);
        if (table === undefined || key === undefined) return undefined;
        return sint(table.lookup(key)?.users ?? 0);
      },
  },
  nbsrv: {
    from: "str",
    make: (_, environment) => (sample) => {
      const back = environment.process.backend(textOf(sample))?.back;
      return back && sint(usableServers(back));
    },
  },
  srv_queue: serverQueue,
};
