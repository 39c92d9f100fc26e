import type { SectionReader } from "../readers.js";
import { flag, text } from "./makers.js";

/** How it runs, and where files and header names are told. */
export const runningReaders: Readonly<Record<string, SectionReader>> = {
  global: (directive) => directive.atMost(0),
  "expose-experimental-directives": flag((global) => {
    global.experimental = true;
  }),
  daemon: flag((global) => {
    global.daemon = true;
  }),
  "master-worker": (directive) => {
    const { global } = directive.reading;
    directive.atMost(1);
    const word = directive.at(1);
    if (word !== "" && word !== "no-exit-on-failure")
      directive.fail("'master-worker' only supports 'no-exit-on-failure' option.", {
        word: 1,
        code: "unknown-option",
      });
    global.masterWorker = true;
    if (word !== "") global.masterWorkerOptions = [word];
  },
  "external-check": flag((global) => {
    global.externalCheck = true;
  }),
  quiet: flag((global) => {
    global.quiet = true;
  }),
  "zero-warning": flag((global) => {
    global.zeroWarning = true;
  }),
  "pp2-never-send-local": flag((global) => {
    global.neverSendLocal = true;
  }),
  pidfile: text("pidfile", "'KEYWORD' expects a file name as an argument.", { once: true }),
  "server-state-base": text("serverStateBase", "'KEYWORD' expects one argument: a directory path.", {
    once: true,
  }),
  "server-state-file": text("serverStateFile", "'KEYWORD' expect one argument: a file path.", { once: true }),
  "h1-case-adjust-file": text("h1CaseAdjustFile", "'KEYWORD' expects a file path as argument."),
  "default-path": (directive) => {
    const word = directive.at(1);
    if (!["current", "config", "parent", "origin"].includes(word))
      directive.fail(
        `${word === "" ? "missing" : "unsupported"} default-path mode '${word}' for 'default-path', supported modes include 'current', 'config', 'parent', and 'origin'.`,
        { word: 1, code: "invalid-value" },
      );
    if (word !== "current")
      directive.fail(`'default-path ${word}' isn't there: paths begin in the current folder.`, {
        word: 1,
        code: "not-supported",
        remedy: "Write whole paths.",
      });
  },
  "h1-case-adjust": (directive) => {
    const { global } = directive.reading;
    const [from, to] = [directive.at(1), directive.at(2)];
    if (from === "" || to === "")
      directive.fail("'h1-case-adjust' expects <from> and <to> as argument.", {
        word: directive.length,
        code: "missing-argument",
      });
    if (from.toLowerCase() !== to.toLowerCase() || from !== from.toLowerCase())
      directive.fail(
        from !== from.toLowerCase()
          ? `'h1-case-adjust': <from> '${from}' must be in lower case`
          : "'h1-case-adjust': <from> and <to> must not differ execpt the case",
        { word: 1, code: "invalid-value" },
      );
    global.h1CaseAdjust.set(from, to);
  },
};
