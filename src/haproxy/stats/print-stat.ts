import { printNumber, splitTag, tagWords } from "./field.js";
import { ownColumns, statColumns } from "./stat-fields.js";
import type { StatRow } from "./stat-row.js";

/** `# pxname,svname,…`: with the "-" between HAProxy's own columns and its modules', and the comma at the end. */
export function printCsvHead(): string {
  const names = statColumns.map((column) => column.name as string);
  names.splice(ownColumns, 0, "-");
  return `# ${names.join(",")},\n`;
}

export function printCsvRow(row: StatRow): string {
  const cells = row.values.map((value) =>
    typeof value === "number" ? printNumber(value) : quoteCsv(value ?? ""),
  );
  cells.splice(ownColumns, 0, "-");
  return `${cells.join(",")},\n`;
}

/** Text is quoted where it has a comma, a quote or a line's end. */
export function quoteCsv(text: string): string {
  return /[\n\r,"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** `S.2.1.0.pxname.1:KNS:str:web` for each value, with `:"what it means"` where `describe` says so. */
export function printTypedRow(row: StatRow, describe: boolean): string {
  let text = "";
  row.values.forEach((value, at) => {
    const column = statColumns[at];
    const tag = column?.tags[row.kind];
    if (value === undefined || column === undefined || tag === undefined) return;
    const { letters, type } = splitTag(tag);
    text += `${row.kind}.${row.proxyId}.${row.id}.${at}.${column.name}.1:${letters}:${type}:${oneLine(value)}`;
    text += describe ? `:"${column.description}"\n` : "\n";
  });
  return text;
}

const objectTypes = { F: "Frontend", B: "Backend", S: "Server", L: "Listener" } as const;

/** `[{"objType":"Frontend",…},…]` of a row. */
export function printJsonRow(row: StatRow): string {
  const items = row.values.flatMap((value, at) => {
    const column = statColumns[at];
    const tag = column?.tags[row.kind];
    if (value === undefined || column === undefined || tag === undefined) return [];
    const { letters, type } = splitTag(tag);
    return {
      objType: objectTypes[row.kind],
      proxyId: row.proxyId,
      id: row.id,
      field: { pos: at, name: column.name },
      processNum: 1,
      tags: tagWords(letters),
      value: { type, value },
    };
  });
  return JSON.stringify(items);
}

/** The typed form has one line for each value. */
export function oneLine(value: number | string): string {
  return typeof value === "number" ? printNumber(value) : value.replace(/[\r\n]+/g, " ");
}
