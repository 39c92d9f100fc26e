import type { HaproxyConfig } from "../config/haproxy/model/index.js";
import { haproxyRelease, haproxyReleaseDate } from "../config/haproxy/program.js";
import type { Messages } from "../daemon/haproxy/messages.js";
import { RondoError } from "../errors.js";
import { Assembled, listenerPlans, PortLink } from "../haproxy/assemble/index.js";
import { SharedMemory } from "../proxy/index.js";
import type { HaproxyWords } from "./haproxy-words.js";

/**
 * -c: puts together all that would run, so that certificates, maps and rules are looked at too, and starts nothing. 0: it is right; 1: it isn't;
 * 2: it is, but would not start, as nothing listens.
 */
export function checkHaproxy(config: HaproxyConfig, words: HaproxyWords, messages: Messages): number {
  try {
    new Assembled({
      config,
      memory: new SharedMemory(),
      link: new PortLink(0, 1, () => {}),
      sockets: new Map(),
      startDate: Date.now(),
      version: haproxyRelease,
      releaseDate: haproxyReleaseDate,
      maxconn: words.maxconn ?? config.global.maxconn ?? 1000,
      proxyMaxconn: words.proxyMaxconn,
      maxSockets: 0,
      fileLimit: 0,
      verifyServers: !words.noServerVerify,
      localPeer: "",
      hasOldProcess: false,
      report: (level, text) => messages[level](text),
      startupLogs: () => "",
    });
  } catch (error) {
    if (!(error instanceof RondoError)) throw error;
    messages.alert(`config : ${error.message}`);
    messages.alert("config : Fatal errors found in configuration.");
    return 1;
  }
  const isQuiet = messages.mode.quiet && !messages.mode.verbose;
  const say = (text: string) => {
    if (!isQuiet) process.stdout.write(`${text}\n`);
  };
  if (messages.warned) say("Warnings were found.");
  const listens = listenerPlans(config).length > 0;
  say(
    listens
      ? "Configuration file is valid"
      : "Configuration file has no error but will not start (no listener) => exit(2).",
  );
  return listens ? 0 : 2;
}
