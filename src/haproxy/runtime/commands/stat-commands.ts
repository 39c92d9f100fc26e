import {
  infoValues,
  printCsvHead,
  printCsvRow,
  printInfo,
  printJsonRow,
  printJsonSchema,
  printResolverCounters,
  printTypedRow,
  type RowSelection,
  type StatRow,
  selectRows,
} from "../../stats/index.js";
import {
  type Command,
  type CommandCall,
  failure,
  leadingInteger,
  permissionDenied,
  type Reply,
} from "../command.js";

/** Figures: show stat, show info, their schema, clear counters. */
export const statCommands: readonly Command[] = [
  {
    words: ["clear", "counters"],
    usage: "clear counters [all]                    : clear max statistics counters (or all counters)",
    level: "operator",
    run: clearCounters,
  },
  {
    words: ["show", "info"],
    usage: "show info [desc|json|typed|float]*      : report information about the running process",
    run: (call) => {
      const options = new Set(call.words.slice(2));
      const last = call.words.findLast((word, at) => at > 1 && (word === "typed" || word === "json"));
      return printInfo(infoValues(call.host, call.gauges), {
        format: (last as "typed" | "json" | undefined) ?? "plain",
        describe: options.has("desc"),
        float: options.has("float"),
      });
    },
  },
  {
    words: ["show", "stat"],
    usage: "show stat [desc|json|no-maint|typed|up]*: report counters for each proxy and server",
    run: showStat,
  },
  {
    words: ["show", "schema", "json"],
    usage: "show schema json                        : report schema used for stats",
    run: () => `${printJsonSchema()}\n`,
  },
];

function showStat(call: CommandCall): Reply {
  let words = call.words.slice(2);
  if (words[0] === "domain") {
    if (words[1] === "resolvers") return showResolverCounters(call, words.slice(2));
    if (words[1] !== "proxy") return failure("Invalid statistics domain.\n");
    words = words.slice(2);
  }
  const bound = words.length >= 3 ? readBound(call, words) : undefined;
  if (bound !== undefined && "text" in bound) return bound;
  const options = new Set(bound === undefined ? words : words.slice(3));
  const selection: RowSelection = {
    legends: call.has("operator"),
    hideMaintenance: options.has("no-maint"),
    hideDown: options.has("up"),
    ...(bound !== undefined && { bound }),
  };
  const format = words.findLast((word) => word === "typed" || word === "json") ?? "csv";
  return { pieces: printRows(selectRows(call.host.process, selection), format, options.has("desc")) };
}

/** `<proxy> <type> <sid>`, where all three are given. Formats' words in their place are no ids. */
function readBound(call: CommandCall, words: readonly string[]) {
  const [proxyWord = "", type = "", id = ""] = words;
  const proxyId =
    call.host.process.proxies.find((proxy) => proxy.name === proxyWord)?.id ?? leadingInteger(proxyWord);
  if (proxyId === 0) return failure("No such proxy.\n");
  return { proxyId, type: leadingInteger(type), id: leadingInteger(id) };
}

function* printRows(rows: Iterable<StatRow>, format: string, describe: boolean): Generator<string> {
  if (format === "csv") yield printCsvHead();
  if (format === "json") yield "[";
  let first = true;
  for (const row of rows) {
    if (format === "csv") yield printCsvRow(row);
    else if (format === "typed") yield printTypedRow(row, describe);
    else yield `${first ? "" : ","}${printJsonRow(row)}`;
    first = false;
  }
  if (format === "json") yield "]\n";
}

function showResolverCounters(call: CommandCall, options: readonly string[]): Reply {
  const format = options.findLast((word) => word === "typed" || word === "json") ?? "csv";
  return printResolverCounters(call.host.resolverCounters?.() ?? [], format, options.includes("desc"));
}

function clearCounters(call: CommandCall): Reply {
  const all = call.word(2) === "all";
  if (all && !call.has("admin")) return permissionDenied;
  const only = all ? undefined : ("maxima" as const);
  for (const proxy of call.host.process.proxies) {
    proxy.front?.counters.clear(only);
    for (const listener of proxy.front?.listeners ?? []) listener.counters.clear(only);
    proxy.back?.counters.clear(only);
    for (const server of proxy.back?.servers ?? []) server.counters.clear(only);
  }
  call.gauges.clearMaxima();
  return undefined;
}
