import { Mistake, ofDirective } from "../mistake.js";
import type { Statement } from "../statement.js";
import { parseNumber } from "../values/numbers.js";
import { parseMilliseconds } from "../values/time.js";

/** `open_file_cache` and `open_log_file_cache`: off, or how many files for how long. */
export interface FileCache {
  readonly max: number;
  /** Seconds. */
  readonly inactive: number;
  readonly minUses: number;
  /** Seconds. */
  readonly valid: number;
}

export function readFileCache(
  statement: Statement,
  before: FileCache | "off" | undefined,
): FileCache | "off" {
  const name = statement.name.text;
  if (before !== undefined) throw ofDirective(statement, "is duplicate", { code: "duplicate-directive" });
  let [max, inactive, minUses, valid]: (number | undefined)[] = [
    0,
    name === "open_file_cache" ? 60 : 10,
    1,
    60,
  ];
  for (const word of statement.words) {
    const [, key = word.text, value = ""] = /^([a-z_]+)=(.*)$/s.exec(word.text) ?? [];
    const time = () => parseMilliseconds(value);
    if (key === "off") return "off";
    if (key === "max") max = parseNumber(value) || undefined;
    else if (key === "inactive") inactive = time() === undefined ? undefined : Math.floor(time()! / 1000);
    else if (key === "min_uses" && name !== "open_file_cache") minUses = parseNumber(value);
    else if (key === "valid" && name !== "open_file_cache")
      valid = time() === undefined ? undefined : Math.floor(time()! / 1000);
    else max = undefined;
    if (max === undefined || inactive === undefined || minUses === undefined || valid === undefined)
      throw new Mistake(`invalid "${name}" parameter "${word.text}"`, { code: "invalid-value", word });
  }
  if (max === 0)
    throw new Mistake(`"${name}" must have ${name === "open_file_cache" ? "the " : ""}"max" parameter`, {
      code: "missing-parameter",
      word: statement.name,
    });
  return { max: max!, inactive: inactive!, minUses: minUses!, valid: valid! };
}
