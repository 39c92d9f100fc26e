import { RondoError } from "../../errors.js";
import { Assembled, type ListenerPlan, socketNeeds } from "../../haproxy/assemble/index.js";
import { SharedMemory } from "../../proxy/index.js";
import { assembleOptions, type ServeOptions } from "./serve.js";
import { handleSignals } from "./signals.js";
import { Threads } from "./threads.js";

/** What Node lets one process have open on other systems, where it can't be asked. */
const fileLimit = 10_000;

/**
 * Serves on a system whose calls aren't Linux's, or where they can't be made: one process, one thread, and sockets that Node makes. What a
 * configuration asks beyond that is refused, not left out. Gives the exit status.
 */
export async function serveElsewhere(
  { config, settings, messages, sources, onReady }: ServeOptions,
  plans: readonly ListenerPlan[],
): Promise<number> {
  const { global } = config;
  const asked = [
    [global.chroot, "chroot"],
    [global.uid ?? global.gid, "a change of user or group"],
    [(global.nbthread ?? 1) > 1 || undefined, "more than one thread"],
    [settings.oldSocket ?? settings.oldProcesses.pids[0], "taking over from another process"],
    [settings.pidFile ?? global.pidfile, "a pid file"],
  ].flatMap(([wanted, name]) => (wanted === undefined ? [] : [name]));
  if (asked.length > 0) {
    messages.alert(`[haproxy.main()] Not done on this system: ${asked.join(", ")}. It needs Linux.`);
    return 1;
  }
  const targets = [...global.logs, ...config.proxies.flatMap(({ logs }) => logs)];
  if (targets.some(({ target }) => target.kind === "address"))
    messages.warning("[haproxy.main()] Log lines go to standard output and rings only on this system.");
  const team = new Threads(1);
  const needs = socketNeeds(config, plans.length, 1, settings.maxconn, fileLimit);
  const shared = {
    sources,
    settings,
    startDate: Date.now(),
    maxconn: needs.maxconn,
    maxSockets: needs.sockets,
    fileLimit,
    hasOldProcess: false,
  };
  let assembled: Assembled;
  try {
    assembled = new Assembled({
      ...assembleOptions(config, shared),
      memory: new SharedMemory(0, 1),
      link: team.link,
      sockets: new Map(),
      report: (level, text) => messages[level](text),
      startupLogs: () => messages.startupLog.join(""),
    });
    await assembled.start();
  } catch (error) {
    const { message, code } = error as NodeJS.ErrnoException;
    if (!(error instanceof RondoError) && code === undefined) throw error;
    messages.alert(`[haproxy.main()] ${message}`);
    return 1;
  }
  messages.starting = false;
  const ended = handleSignals(assembled, team, messages);
  onReady();
  await ended;
  return 0;
}
