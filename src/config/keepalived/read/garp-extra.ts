import { wholeNumber } from "../values/word-values.js";
import type { Reader } from "./reading.js";

/** Seconds between gratuitous ARPs on the interface below a vmac: at most a day. */
const mostSeconds = 86_400;

/** `garp_extra_if [all] SECONDS`; the value is in milliseconds. `least`: the fewest seconds; `who` begins a message about it. */
export const garpExtraReader =
  <D extends { garpExtra?: { all: boolean; interval: number } }>(
    least: number,
    who: (draft: D) => string = () => "",
  ): Reader<D> =>
  (draft, statement, { findings }) => {
    const all = statement.arguments.some((one) => one.text === "all");
    const number = statement.arguments.find((one) => one.text !== "all");
    const value = number && wholeNumber(findings, number, least, mostSeconds);
    if (value !== undefined) draft.garpExtra = { all, interval: value * 1000 };
    else if (!number)
      findings.add(
        statement.word.at,
        "missing-parameter",
        `${who(draft)}${statement.word.text} specified without time - ignoring`,
      );
  };
