import { clampNumber, type FieldType, type FieldValue, splitTag, tagWords } from "./field.js";
import { fractionalInfo, type InfoField, infoFields } from "./info-fields.js";
import type { InfoValues } from "./info-values.js";
import { oneLine, quoteCsv } from "./print-stat.js";

export interface InfoOptions {
  readonly format: "plain" | "typed" | "json";
  readonly describe: boolean;
  readonly float: boolean;
}

interface Shown {
  readonly field: InfoField;
  readonly letters: string;
  readonly type: FieldType;
  readonly value: FieldValue;
}

/** `show info`: one field a line, or JSON. */
export function printInfo(values: InfoValues, options: InfoOptions): string {
  const shown = infoFields.flatMap((field) => show(field, values[field.name], options.float) ?? []);
  if (options.format === "json") return `${printJson(shown)}\n`;
  const end = (field: InfoField) => (options.describe ? `:"${field.description}"\n` : "\n");
  if (options.format === "typed")
    return shown
      .map(
        ({ field, letters, type, value }) =>
          `${field.position}.${field.name}.1:${letters}:${type}:${oneLine(value)}${end(field)}`,
      )
      .join("");
  return shown.map(({ field, value }) => `${field.name}: ${quoteCsv(oneLine(value))}${end(field)}`).join("");
}

function show(field: InfoField, value: FieldValue | undefined, float: boolean): Shown | undefined {
  if (value === undefined) return undefined;
  const { letters, type } = splitTag(field.tag);
  const wanted = float && fractionalInfo.has(field.name) ? "flt" : type;
  return {
    field,
    letters,
    type: wanted,
    value: typeof value === "number" ? clampNumber(value, wanted) : value,
  };
}

function printJson(shown: readonly Shown[]): string {
  return JSON.stringify(
    shown.map(({ field, letters, type, value }) => ({
      field: { pos: field.position, name: field.name },
      processNum: 1,
      tags: tagWords(letters),
      value: { type, value },
    })),
  );
}
