import { leadingNumber, wholeNumber } from "../../values/numbers.js";
import { needed, type SectionReader } from "../readers.js";
import { delay } from "./makers.js";

/** Checks spread over time, and how a process ends. */
export const timeReaders: Readonly<Record<string, SectionReader>> = {
  "spread-checks": (directive) => {
    const { global } = directive.reading;
    directive.atMost(1);
    if (global.spreadChecks !== 0)
      directive.fail("spread-checks already specified. Continuing.", {
        close: true,
        code: "twice",
        fatal: false,
      });
    const value = leadingNumber(
      needed(directive, 1, "'spread-checks' expects an integer argument (0..50).", { close: true }),
    );
    if (value < 0 || value > 50)
      directive.fail("'spread-checks' needs a positive value in range 0..50.", {
        word: 1,
        close: true,
        code: "invalid-value",
      });
    global.spreadChecks = value;
  },
  "max-spread-checks": delay((global, ms) => {
    global.maxSpreadChecksMs = ms;
  }),
  "hard-stop-after": delay((global, ms) => {
    global.hardStopAfterMs = ms;
  }),
  grace: delay((global, ms) => {
    global.graceMs = ms;
  }),
  "mworker-max-reloads": (directive) => {
    directive.atMost(1);
    const value = wholeNumber(directive.at(1));
    if (value === undefined || value < 0)
      directive.fail(`'${directive.at(0)}' expects an integer argument.`, { word: 1, code: "invalid-value" });
    directive.reading.global.maxReloads = value;
  },
};
