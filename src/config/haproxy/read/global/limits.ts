import { leadingNumber, wholeNumber } from "../../values/numbers.js";
import { needed, type SectionReader } from "../readers.js";
import { flag, number } from "./makers.js";

/** How much may be at once, or in a second. */
export const limitReaders: Readonly<Record<string, SectionReader>> = {
  maxconn: number("maxconn"),
  maxconnrate: number("maxConnRate"),
  maxsessrate: number("maxSessRate"),
  maxcomprate: number("maxCompRate", 1024),
  maxzlibmem: number("maxZlibMem", 1024 * 1024),
  "ulimit-n": number("ulimitN"),
  maxcompcpuusage: (directive) => {
    directive.atMost(1);
    const message = "'maxcompcpuusage' expects an integer argument between 0 and 100.";
    const value = leadingNumber(needed(directive, 1, message));
    if (value < 0 || value > 100) directive.fail(message, { word: 1, code: "invalid-value" });
    directive.reading.global.maxCompCpuUsage = value;
  },
  nbthread: (directive) => {
    directive.atMost(1);
    const value = wholeNumber(directive.at(1));
    if (value === undefined)
      return directive.fail(
        `'nbthread' passed a missing or unparsable integer value in '${directive.at(1)}'`,
        { word: 1, code: "invalid-value" },
      );
    if (value < 1 || value > 64)
      directive.fail(`'nbthread' value must be between 1 and 64 (was ${value})`, {
        word: 1,
        code: "invalid-value",
      });
    directive.reading.global.nbthread = value;
  },
  "strict-limits": flag((global, on) => {
    global.strictLimits = on;
  }),
};
