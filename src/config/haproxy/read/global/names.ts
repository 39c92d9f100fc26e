import { logLine } from "../log.js";
import { needed, type SectionReader } from "../readers.js";
import { once, text } from "./makers.js";

/** What the process is called, and where it logs. */
export const nameReaders: Readonly<Record<string, SectionReader>> = {
  description: (directive) => {
    needed(directive, 1, "'description' expects a string argument.", { close: true });
    directive.reading.global.description = directive.text(1);
  },
  node: (directive) => {
    directive.atMost(1);
    if (!/^[A-Za-z0-9_.-]+$/.test(directive.at(1)))
      directive.fail(
        "'node' requires valid node name - non-empty string with digits(0-9), letters(A-Z, a-z), dot(.), hyphen(-) or underscode(_).",
        { word: 1, close: true, code: "invalid-name" },
      );
    directive.reading.global.node = directive.at(1);
  },
  localpeer: (directive) => {
    const { reading } = directive;
    directive.atMost(1);
    const name = needed(directive, 1, "'localpeer' expects a name as an argument.");
    if (reading.peers.length > 0) {
      directive.warn("'localpeer' ignored since it is used after 'peers' section.", { code: "ignored" });
      return;
    }
    if (reading.localPeerGiven) {
      directive.warn("'localpeer' ignored since it is already set by using the '-L' command line argument.", {
        code: "ignored",
      });
      return;
    }
    reading.localPeer = name;
    reading.global.localPeer = name;
    reading.environment["HAPROXY_LOCALPEER"] = name;
  },
  log: (directive) => logLine(directive, directive.reading.global.logs, undefined),
  "log-tag": text("logTag", "'KEYWORD' expects a tag for use in syslog."),
  "log-send-hostname": (directive) => {
    const { global } = directive.reading;
    once(directive, global.logSendHostname !== undefined);
    global.logSendHostname = directive.at(1);
  },
};
