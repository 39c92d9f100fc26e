import { type Column, columns, type Row } from "./measure.js";

/** Rows as a table of text. The last column compares with `base`, number by number. */
export function tableOf(rows: readonly Row[], base: Row | undefined): string {
  const lines = [
    ["ns per packet: median (least–most)", ...columns.map(columnName), "jited", base ? `: ${base.name}` : ""],
    ...rows.map((row) => [
      row.name,
      ...columns.map((column) => {
        const figure = row.figures[column];
        return figure ? `${figure.median} (${figure.least}–${figure.most})` : "";
      }),
      `${row.jited} B`,
      base && row !== rows[0] ? ratios(row, base).join("  ") : "",
    ]),
  ];
  const widths = lines[0]!.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)));
  return lines
    .map((line) =>
      line.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join("  "),
    )
    .map((line) => line.trimEnd())
    .join("\n");
}

/** How much a row takes for what the base takes 1, column by column where both have a figure. */
export function ratios(row: Row, base: Row): string[] {
  return columns.flatMap((column) => {
    const [own, other] = [row.figures[column], base.figures[column]];
    return own && other ? [(own.median / other.median).toFixed(2)] : [];
  });
}

function columnName(column: Column): string {
  if (column === "all new") return column;
  if (column === 1) return "1 flow";
  return column >= 1000 ? `${column / 1000} k` : `${column}`;
}
