import {
  type Command,
  type CommandCall,
  failure,
  information,
  levelRank,
  permissionDenied,
  type Reply,
} from "../command.js";
import { readDuration } from "../duration.js";

/** Commands on the connection itself: level, prompt, severity, timeout, modes. */
export const sessionCommands: readonly Command[] = [
  {
    words: ["help"],
    usage: undefined,
    master: "also",
    run: ({ words, session }) => information(session.help(words)),
  },
  {
    words: ["prompt"],
    usage: undefined,
    master: "also",
    run: ({ session }) => {
      session.prompt = !session.prompt;
      return undefined;
    },
  },
  {
    words: ["quit"],
    usage: undefined,
    master: "also",
    run: ({ session }) => {
      session.quit();
      return undefined;
    },
  },
  { words: ["expert-mode"], usage: undefined, master: "also", run: (call) => setMode(call, "expert") },
  {
    words: ["experimental-mode"],
    usage: undefined,
    master: "also",
    run: (call) => setMode(call, "experimental"),
  },
  {
    words: ["mcli-debug-mode"],
    usage: undefined,
    master: "only",
    run: (call) => setMode(call, "mcli-debug"),
  },
  {
    words: ["operator"],
    usage: "operator                                : lower the level of the current CLI session to operator",
    master: "also",
    run: (call) => lower(call, "operator"),
  },
  {
    words: ["user"],
    usage: "user                                    : lower the level of the current CLI session to user",
    master: "also",
    run: (call) => lower(call, "user"),
  },
  {
    words: ["show", "cli", "level"],
    usage: "show cli level                          : display the level of the current CLI session",
    master: "also",
    run: ({ session }) => information(`${session.level}\n`),
  },
  {
    words: ["set", "severity-output"],
    usage: "set severity-output [none|number|string]: set presence of severity level in feedback information",
    run: ({ word, session }) => {
      const wanted = word(2);
      if (wanted !== "none" && wanted !== "number" && wanted !== "string")
        return failure("one of 'none', 'number', 'string' is a required argument\n");
      session.severity = wanted;
      return undefined;
    },
  },
  {
    words: ["set", "timeout"],
    usage: "set timeout [cli] <delay>               : change a timeout setting",
    run: ({ word, session }) => {
      if (word(2) !== "cli") return failure("'set timeout' only supports 'cli'.\n");
      if (word(3) === "") return failure("Expects an integer value.\n");
      const timeout = readDuration(word(3), 1000);
      if (timeout === undefined || timeout < 1000) return failure("Invalid timeout value.\n");
      session.timeoutMs = timeout;
      return undefined;
    },
  },
];

function setMode(call: CommandCall, mode: "expert" | "experimental" | "mcli-debug"): Reply {
  const { session, word } = call;
  if (word(2) === "-") session.noLineFeed = true;
  if (!call.has("admin")) return permissionDenied;
  if (word(1) === "") return information(`${mode}-mode is ${session.isIn(mode) ? "ON" : "OFF"}\n`);
  session.setMode(mode, word(1) === "on");
  return undefined;
}

function lower(call: CommandCall, level: "operator" | "user"): Reply {
  if (call.word(1) === "-") call.session.noLineFeed = true;
  if (levelRank[call.session.level] < levelRank[level]) return permissionDenied;
  call.session.level = level;
  call.session.setMode("expert", false);
  call.session.setMode("experimental", false);
  return undefined;
}
