import { leadingNumber, parseTime } from "../../values/numbers.js";
import { binds } from "../bind.js";
import type { SectionReader } from "../readers.js";

const statsLine: SectionReader = (directive) => {
  const { global } = directive.reading;
  const word = directive.at(1);
  const value = directive.at(2);
  const begin = `'stats ${word}'`;
  if (word === "socket") {
    if (value === "")
      directive.fail(`${begin} in global section expects an address or a path to a UNIX socket`, {
        word: 2,
        code: "missing-argument",
      });
    for (const bind of binds(directive, 2, { unixBind: false }))
      global.statsSockets.push({ ...bind, level: bind.level ?? "operator" });
  } else if (word === "timeout") {
    const time = parseTime(value, "ms");
    if (typeof time !== "number")
      return directive.fail(
        time.fault === "character"
          ? `${begin} : unexpected character '${time.char}'`
          : `timer overflow in argument '${value}' to ${begin} (maximum value is 2147483647 ms or ~24.8 days)`,
        { word: 2, code: "invalid-value" },
      );
    if (time === 0) directive.fail(`${begin} expects a positive value`, { word: 2, code: "invalid-value" });
    global.statsTimeoutMs = time;
  } else if (word === "maxconn") {
    const most = leadingNumber(value);
    if (most <= 0) directive.fail(`${begin} expects a positive value`, { word: 2, code: "invalid-value" });
    global.statsMaxconn = most;
  } else if (word !== "bind-process")
    directive.fail(
      `'stats' only supports 'socket', 'maxconn', 'bind-process' and 'timeout' (got '${word}')`,
      { word: 1, code: "unknown-keyword" },
    );
};

const unixBind: SectionReader = (directive) => {
  const { global, world } = directive.reading;
  for (let at = 1; directive.at(at) !== ""; at += 2) {
    const word = directive.at(at);
    const value = directive.at(at + 1);
    if (word === "prefix") {
      if (value === "")
        directive.fail("unix_bind 'prefix' expects a path as an argument.", {
          word: at,
          code: "missing-argument",
        });
      global.unixBind.prefix = value;
    } else if (word === "mode") global.unixBind.mode = Number.parseInt(value, 8) || 0;
    else if (word === "uid" || word === "gid") global.unixBind[word] = leadingNumber(value);
    else if (word === "user" || word === "group") {
      const found = world[word](value);
      if (found === undefined)
        directive.fail(`'unix-bind' : '${value}' unknown ${word}.`, {
          word: at + 1,
          code: `unknown-${word}`,
        });
      global.unixBind[word === "user" ? "uid" : "gid"] = found;
    } else
      directive.fail(
        "'unix-bind' only supports the 'prefix', 'mode', 'uid', 'gid', 'user' and 'group' options.",
        {
          word: at,
          code: "unknown-keyword",
        },
      );
  }
};

/** Stats sockets, and what all Unix sockets have. */
export const socketReaders: Readonly<Record<string, SectionReader>> = {
  stats: statsLine,
  "unix-bind": unixBind,
};
