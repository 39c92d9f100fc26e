import type { Assembled } from "../../haproxy/assemble/index.js";
import { processMemory } from "../../haproxy/stats/index.js";
import type { Messages } from "./messages.js";
import type { Threads } from "./threads.js";

/** HAProxy's signals (haproxy.c, main); SIGTERM and SIGINT end the process at once, as they end any. Settled when it has left in order. */
export function handleSignals(assembled: Assembled, team: Threads, messages: Messages): Promise<void> {
  const { departure } = assembled;
  const everywhere = (what: "soft-stop" | "pause" | "resume", here: () => void) => {
    here();
    team.link.broadcast("signal", what);
  };
  process.on("SIGUSR1", () => everywhere("soft-stop", () => departure.softStop()));
  process.on("SIGTTOU", () => everywhere("pause", () => departure.pauseAll()));
  process.on("SIGTTIN", () => everywhere("resume", () => departure.resumeAll()));
  process.on("SIGHUP", () => {
    messages.warning("SIGHUP received, dumping servers states.");
    for (const { proxy, text } of stateLines(assembled)) {
      messages.warning(text);
      assembled.process.log.send(
        proxy.section.logs,
        5,
        proxy.section.logTag ?? assembled.process.config.global.logTag,
        text,
      );
    }
  });
  process.on("SIGQUIT", () => {
    const { heapUsed, rss } = processMemory();
    messages.notice(`SIGQUIT received: ${heapUsed} bytes of heap in use, ${rss} bytes resident.`);
  });
  process.on("SIGUSR2", () => {});
  return departure.ended;
}

/** SIGHUP: a line for each server and each proxy. */
function* stateLines({ process: { proxies } }: Assembled) {
  for (const proxy of proxies) {
    const { back, front, name } = proxy;
    const servers = back?.servers ?? [];
    for (const server of servers)
      yield {
        proxy,
        text: `SIGHUP: Server ${name}/${server.name} is ${server.operational === 0 ? "DOWN" : "UP"}. Conn: ${server.sessions.value} act, ${server.queued} pend, ${server.counters.total("sessions")} tot.`,
      };
    const pending = (back?.queued ?? 0) + servers.reduce((sum, { queued }) => sum + queued, 0);
    const figures = `act(FE+BE): ${front?.sessions.value ?? 0}+${back?.sessions.value ?? 0}, ${pending} pend (${back?.queued ?? 0} unass), tot(FE+BE): ${front?.counters.total("connections") ?? 0}+${back?.counters.total("sessions") ?? 0}.`;
    const { active = 0, backups = 0 } = back ?? {};
    if (servers.length === 0) yield { proxy, text: `SIGHUP: Proxy ${name} has no servers. Conn: ${figures}` };
    else if (active === 0)
      yield {
        proxy,
        text: `SIGHUP: Proxy ${name} ${backups > 0 ? "is running on backup servers" : "has no server available"} ! Conn: ${figures}`,
      };
    else
      yield {
        proxy,
        text: `SIGHUP: Proxy ${name} has ${active} active servers and ${backups} backup servers available. Conn: ${figures}`,
      };
  }
}
