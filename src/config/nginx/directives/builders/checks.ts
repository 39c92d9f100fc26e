import { Mistake } from "../../mistake.js";
import type { Reading } from "../../reading.js";
import type { Statement } from "../../statement.js";
import { many } from "./custom.js";

/** Bounds of a number (ngx_conf_check_num_bounds). */
export function bounds(low: number, high: number) {
  return (value: number, statement: Statement): void => {
    if (value < low || value > high)
      throw new Mistake(
        high === many
          ? `value must be equal to or greater than ${low}`
          : `value must be between ${low} and ${high}`,
        { code: "out-of-bounds", word: statement.words[0] ?? statement.name },
      );
  };
}

/** An old name that nginx warns of. */
export function deprecated(old: string, instead: string) {
  return (_value: unknown, statement: Statement, reading: Reading): void =>
    reading.warn(
      "deprecated",
      `the "${old}" directive is deprecated, use the "${instead}" directive instead`,
      statement.end,
    );
}

/** What nginx asks of the size of a pool of memory: room for itself, and whole pieces. */
export function poolSize(value: number, statement: Statement): void {
  const about = { code: "out-of-bounds", word: statement.words[0]! };
  if (value < 112) throw new Mistake("the pool size must be no less than 112", about);
  if (value % 16 !== 0) throw new Mistake("the pool size must be a multiple of 16", about);
}
