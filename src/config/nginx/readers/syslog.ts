import { Mistake } from "../mistake.js";
import type { Word } from "../statement.js";
import { parseUrl } from "../values/url.js";

const facilities =
  "kern user mail daemon auth intern lpr news uucp clock authpriv ftp ntp audit alert cron local0 local1 local2 local3 local4 local5 local6 local7".split(
    " ",
  );
const severities = "emerg alert crit error warn notice info debug".split(" ");

/** What stands behind "syslog:": server=, facility=, severity=, tag=, nohostname. */
export function readSyslog(text: string, word: Word) {
  const found: Record<"server" | "facility" | "severity" | "tag", string | undefined> = {
    server: undefined,
    facility: undefined,
    severity: undefined,
    tag: undefined,
  };
  let noHostname = false;
  const fail = (message: string) => new Mistake(message, { code: "invalid-syslog", word });
  for (const part of text.split(",")) {
    const [, name = part, value = ""] = /^([a-z]+)=(.*)$/s.exec(part) ?? [];
    if (part === "nohostname") {
      noHostname = true;
      continue;
    }
    if (name !== "server" && name !== "facility" && name !== "severity" && name !== "tag")
      throw fail(`unknown syslog parameter "${part}"`);
    if (found[name] !== undefined) throw fail(`duplicate syslog "${name}"`);
    found[name] = value;
    if (name === "server") {
      const url = parseUrl(value, { defaultPort: 514 });
      if (typeof url === "string") throw fail(`${url} in syslog server "${value}"`);
    } else if (name === "facility" && !facilities.includes(value)) {
      throw fail(`unknown syslog facility "${value}"`);
    } else if (name === "severity" && !severities.includes(value)) {
      throw fail(`unknown syslog severity "${value}"`);
    } else if (name === "tag" && value.length > 32) throw fail("syslog tag length exceeds 32");
    else if (name === "tag" && !/^[A-Za-z0-9_]*$/.test(value))
      throw fail('syslog "tag" only allows alphanumeric characters and underscore');
  }
  const { server, facility = "local7", severity = "info", tag = "nginx" } = found;
  if (server === undefined) throw fail("no syslog server specified");
  return { server, facility, severity, tag, noHostname };
}
