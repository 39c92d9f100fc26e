import type { Entry } from "./entry.js";
import { keyOfWord } from "./key.js";
import { storedName } from "./stored.js";
import type { Table } from "./table.js";
import { entryLine, tableHead } from "./text.js";

/** Filters on stored values that one command may have (STKTABLE_FILTER_LEN). */
const maxFilters = 4;

interface Filter {
  readonly name: string;
  readonly operator: string;
  readonly value: number;
}

/**
 * `show table`, `clear table` and `set table` of the runtime socket: `words` are those after "table". Gives what is answered, without
 * the empty line at its end. `operator`: the socket's level is operator or more; below it heads are shown and no contents.
 */
export function tableCommand(
  action: "show" | "clear" | "set",
  words: readonly string[],
  tables: ReadonlyMap<string, Table>,
  operator: boolean,
): string {
  const [name, kind] = words;
  if (name === undefined) return action === "show" ? heads(tables) : usage(action);
  const table = tables.get(name);
  if (table === undefined) return "No such table\n";
  if (kind === "key") return byKey(action, table, words, operator);
  if (kind !== undefined && !kind.startsWith("data.")) return usage(action);
  if (action === "set")
    return kind === undefined
      ? "Unknown action\n"
      : 'content-based lookup is only supported with the "show" and "clear" actions\n';
  const filters = kind === undefined ? [] : readFilters(table, words);
  if (typeof filters === "string") return filters;
  return action === "show" ? show(table, filters, operator) : clear(table, filters, operator);
}

function heads(tables: ReadonlyMap<string, Table>): string {
  return [...tables.values()].map((table) => `${tableHead(table)}\n`).join("");
}

function usage(action: "show" | "clear" | "set"): string {
  if (action === "show")
    return 'Optional argument only supports "data.<store_data_type>" <operator> <value> and key <key>\n';
  if (action === "clear")
    return 'Required arguments: <table> "data.<store_data_type>" <operator> <value> or <table> key <key>\n';
  return "Required arguments: <table> key <key> [data.<store_data_type> <value>]*\n";
}

function show(table: Table, filters: readonly Filter[], operator: boolean): string {
  const lines = [tableHead(table)];
  if (!operator) lines.push("# contents not dumped due to insufficient privileges");
  else for (const entry of table.entries()) if (passes(entry, filters)) lines.push(entryLine(entry));
  return lines.map((line) => `${line}\n`).join("");
}

function clear(table: Table, filters: readonly Filter[], operator: boolean): string {
  if (!operator) return "";
  for (const entry of table.entries()) if (passes(entry, filters)) table.remove(entry.key);
  return "";
}

function byKey(
  action: "show" | "clear" | "set",
  table: Table,
  words: readonly string[],
  operator: boolean,
): string {
  const word = words[2];
  if (word === undefined || word === "") return "Key value expected\n";
  if (table.settings.type === "binary") {
    const verb = { show: "Showing keys from", clear: "Removing keys from", set: "Inserting keys into" }[
      action
    ];
    return `${verb} tables of type other than ip, ipv6, string and integer is not supported\n`;
  }
  const key = keyOfWord(table.settings, word);
  if (key === undefined) return "Invalid key\n";
  if (!operator) return "Permission denied\n";
  if (action === "set") return set(table, key, words.slice(3));
  const entry = table.lookup(key);
  if (entry === undefined) return "";
  if (action === "show") return `${tableHead(table)}\n${entryLine(entry)}\n`;
  return table.remove(key) ? "" : "Entry currently in use, cannot remove\n";
}

function set(table: Table, key: Entry["key"], words: readonly string[]): string {
  const entry = table.getOrCreate(key);
  if (entry === undefined) return "Unable to allocate a new entry\n";
  entry.touch();
  for (let at = 0; at < words.length; at += 2) {
    const word = words[at] as string;
    if (!word.startsWith("data.")) return '"data.<type>" followed by a value expected\n';
    const known = storedName(word.slice(5));
    if (known === undefined) return "Unknown data type\n";
    if (!table.stores(known.name)) return "Data type not stored in this table\n";
    const value = integer(words[at + 1]);
    if (value === undefined) return "Require a valid integer value to store\n";
    entry.set(known.name, value);
  }
  return "";
}

function readFilters(table: Table, words: readonly string[]): Filter[] | string {
  const filters: Filter[] = [];
  let at = 1;
  for (; at < words.length && filters.length < maxFilters; at += 3) {
    const number = filters.length + 1;
    const known = storedName((words[at] as string).slice(5));
    if (known === undefined) return `Filter entry #${number}: Unknown data type\n`;
    if (!table.stores(known.name)) return `Filter entry #${number}: Data type not stored in this table\n`;
    const operator = words[at + 1] ?? "";
    if (!operators.has(operator))
      return `Filter entry #${number}: Require and operator among "eq", "ne", "le", "ge", "lt", "gt"\n`;
    const value = integer(words[at + 2]);
    if (value === undefined)
      return `Filter entry #${number}: Require a valid integer value to compare against\n`;
    filters.push({ name: known.name, operator, value });
  }
  if (at < words.length)
    return `Detected extra data in filter, ${at + 3}th word of input, after '${words[at - 1]}'\n`;
  return filters;
}

const operators = new Map<string, (data: number, value: number) => boolean>([
  ["eq", (data, value) => data === value],
  ["ne", (data, value) => data !== value],
  ["le", (data, value) => data <= value],
  ["ge", (data, value) => data >= value],
  ["lt", (data, value) => data < value],
  ["gt", (data, value) => data > value],
]);

function passes(entry: Entry, filters: readonly Filter[]): boolean {
  return filters.every((filter) => {
    const data = entry.table.isText(filter.name) ? 0 : entry.get(filter.name);
    return operators.get(filter.operator)?.(data, filter.value) === true;
  });
}

function integer(word: string | undefined): number | undefined {
  return word !== undefined && /^[+-]?\d+$/.test(word) ? Number(word) : undefined;
}
