import type { Entry } from "./entry.js";
import type { StoredField } from "./stored.js";
import type { Table } from "./table.js";

/** "# table: http, type: ip, size:1024, used:1" */
export function tableHead(table: Table): string {
  const { type, size } = table.settings;
  return `# table: ${table.name}, type: ${type}, size:${size}, used:${table.used}`;
}

/** "0x7f00001: key=127.0.0.1 use=0 exp=9000 gpc0=1 conn_rate(10000)=1"; `users` are those that the reader himself doesn't add. */
export function entryLine(entry: Entry): string {
  const words = [
    `0x${entry.id.toString(16)}: key=${entry.keyText} use=${entry.users} exp=${entry.expiresInMs}`,
  ];
  for (const field of entry.table.store.layout.fields)
    for (let element = 0; element < field.elements; element++)
      words.push(`${fieldText(field, element)}=${valueText(entry, field, element)}`);
  return words.join(" ");
}

/** "gpc0_rate(10000)", also of an array's element 0. */
function fieldText(field: StoredField, element: number): string {
  const name = field.array ? field.name.replace(/^[^_]*/, (word) => `${word}${element}`) : field.name;
  return field.kind === "rate" ? `${name}(${field.periodMs})` : name;
}

function valueText(entry: Entry, field: StoredField, element: number): string {
  if (field.kind === "dict") return entry.text("server_key") ?? "-";
  return String(entry.get(field.name, element));
}
