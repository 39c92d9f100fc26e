import type { Findings } from "../findings.js";
import type { Statement } from "../grammar/statement.js";

const bits: Readonly<Record<string, number>> = {
  IRUSR: 0o400,
  IWUSR: 0o200,
  IXUSR: 0o100,
  IRGRP: 0o040,
  IWGRP: 0o020,
  IXGRP: 0o010,
  IROTH: 0o004,
  IWOTH: 0o002,
  IXOTH: 0o001,
};

/** "022", "0x12", "18" or "IWGRP | IWOTH". */
export function readUmask(findings: Findings, statement: Statement): number | undefined {
  const [first] = statement.arguments;
  if (!first) return undefined;
  const text = statement.arguments.map((word) => word.text).join("");
  if (/^\d/.test(text)) {
    const value = /^0[0-7]*$/.test(text)
      ? Number.parseInt(text, 8)
      : /^(0x[0-9a-f]+|[1-9]\d*)$/i.test(text)
        ? Number(text)
        : -1;
    if (statement.arguments.length === 1 && value >= 0 && value <= 0o777) return value;
    findings.add(first.at, "invalid-value", `invalid umask value ${text}`, {
      remedy: "Write it as 022, or IWGRP | IWOTH.",
    });
    return undefined;
  }
  let mask = 0;
  for (const part of text.split("|")) {
    const bit = Object.hasOwn(bits, part) ? bits[part] : undefined;
    if (bit === undefined) {
      findings.add(first.at, "invalid-value", `Unknown umask bit ${part}`, {
        remedy: `The bits are ${Object.keys(bits).join(" ")}.`,
      });
      return undefined;
    }
    mask |= bit;
  }
  return mask;
}
