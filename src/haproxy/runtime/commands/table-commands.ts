import { Table, tableCommand } from "../../tables/index.js";
import { type Command, type CommandCall, failure, type Reply } from "../command.js";

/** Commands on stick tables; what they do and answer is with the tables. */
export const tableCommands: readonly Command[] = [
  {
    words: ["clear", "table"],
    usage: "clear table <table> [<filter>]*         : remove an entry from a table (filter: data/key)",
    run: (call) => answer(call, "clear"),
  },
  {
    words: ["set", "table"],
    usage: "set table <table> key <k> [data.* <v>]* : update or create a table entry's data",
    run: (call) => answer(call, "set"),
  },
  {
    words: ["show", "table"],
    usage:
      "show table <table> [<filter>]*          : report table usage stats or dump this table's contents (filter: data/key)",
    run: (call) => answer(call, "show"),
  },
];

function answer(call: CommandCall, action: "show" | "clear" | "set"): Reply {
  const tables = new Map<string, Table>();
  for (const [name, table] of call.host.process.tables) if (table instanceof Table) tables.set(name, table);
  const text = tableCommand(action, call.words.slice(2), tables, call.has("operator"));
  return text === "" || /^(# table|0x)/.test(text) ? text : failure(text);
}
