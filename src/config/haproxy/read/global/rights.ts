import { wholeNumber } from "../../values/numbers.js";
import { needed, type SectionReader } from "../readers.js";
import { anInteger, flag, text } from "./makers.js";

const id =
  (kind: "user" | "group", byName: boolean): SectionReader =>
  (directive) => {
    const { global, world } = directive.reading;
    const key = kind === "user" ? "uid" : "gid";
    directive.atMost(1);
    if (global[key] !== undefined && global[key] !== 0)
      directive.fail(
        kind === "user"
          ? "user/uid already specified. Continuing."
          : byName
            ? "gid/group was already specified. Continuing."
            : "group/gid already specified. Continuing.",
        { fatal: false, code: "twice" },
      );
    const word = byName ? directive.at(1) : needed(directive, 1, anInteger(directive));
    const found = byName ? world[kind](word) : wholeNumber(word);
    if (found === undefined && byName)
      directive.fail(`cannot find ${kind} id for '${word}' (0:Success)`, {
        word: 1,
        code: `unknown-${kind}`,
      });
    if (found === undefined) {
      directive.warn(
        ` ${key}: string '${word}' is not a number.\n   | You might want to use the '${kind}' parameter to use a system ${kind} name.`,
        { word: 1, code: "invalid-value" },
      );
      return;
    }
    global[key] = found;
    if (byName) global[kind] = word;
  };

/** Who the process is, and what it may do. */
export const rightReaders: Readonly<Record<string, SectionReader>> = {
  uid: id("user", false),
  gid: id("group", false),
  user: id("user", true),
  group: id("group", true),
  chroot: text("chroot", "'KEYWORD' expects a directory as an argument.", { once: true }),
  "set-dumpable": flag((global, on) => {
    global.setDumpable = on;
  }),
  "insecure-fork-wanted": flag((global, on) => {
    global.insecureForkWanted = on;
  }),
  "insecure-setuid-wanted": flag(() => {}),
};
