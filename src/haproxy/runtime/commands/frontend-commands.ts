import type { ProxyRun } from "../../run/index.js";
import {
  type Command,
  type CommandCall,
  failure,
  leadingInteger,
  notice,
  permissionDenied,
  type Reply,
} from "../command.js";
import { commandOn, expectBackend, findFrontend, isMessage } from "../find.js";

/** Commands on front ends, limits of the process, and dynamic cookies (proxy.c, cli.c). */
export const frontendCommands: readonly Command[] = [
  onFrontend(
    ["disable", "frontend"],
    "disable frontend <frontend>             : temporarily disable specific frontend",
    (proxy, { host }) => {
      if (proxy.state === "stopped") return notice("Frontend was previously shut down, cannot disable.\n");
      if (proxy.state === "paused") return notice("All sockets are already disabled.\n");
      return host.setFrontend(proxy, "paused") === undefined
        ? undefined
        : failure("Failed to pause frontend, check logs for precise cause.\n");
    },
  ),
  onFrontend(
    ["enable", "frontend"],
    "enable frontend <frontend>              : re-enable specific frontend",
    (proxy, { host }) => {
      if (proxy.state === "stopped") return failure("Frontend was previously shut down, cannot enable.\n");
      if (proxy.state === "running") return notice("All sockets are already enabled.\n");
      return host.setFrontend(proxy, "running") === undefined
        ? undefined
        : failure("Failed to resume frontend, check logs for precise cause (port conflict?).\n");
    },
  ),
  onFrontend(
    ["shutdown", "frontend"],
    "shutdown frontend <frontend>            : stop a specific frontend",
    (proxy, { host }) => {
      if (proxy.state === "stopped") return notice("Frontend was already shut down.\n");
      const error = host.setFrontend(proxy, "stopped");
      return error === undefined ? undefined : failure(error);
    },
  ),
  onFrontend(
    ["set", "maxconn", "frontend"],
    "set maxconn frontend <frontend> <value> : change a frontend's maxconn setting",
    (proxy, { word }) => {
      if (word(4) === "") return failure("Integer value expected.\n");
      const value = leadingInteger(word(4));
      if (value < 0) return failure("Value out of range.\n");
      if (proxy.front !== undefined) proxy.front.maxconn = value;
      return undefined;
    },
  ),
  {
    words: ["set", "maxconn", "global"],
    usage: "set maxconn global <value>              : change the per-process maxconn setting",
    level: "admin",
    run: ({ host, word }) => {
      if (word(3) === "") return failure("Expects an integer value.\n");
      const value = leadingInteger(word(3));
      if (value > host.limits.hardMaxconn) return failure("Value out of range.\n");
      host.limits.maxconn = value <= 0 ? host.limits.hardMaxconn : value;
      return undefined;
    },
  },
  {
    words: ["set", "rate-limit"],
    usage: "set rate-limit <setting> <value>        : change a rate limiting value",
    level: "admin",
    run: setRateLimit,
  },
  onCookie(
    ["enable", "dynamic-cookie", "backend"],
    "enable dynamic-cookie backend <bk>      : enable dynamic cookies on a specific backend",
    () => ({ on: true }),
  ),
  onCookie(
    ["disable", "dynamic-cookie", "backend"],
    "disable dynamic-cookie backend <bk>     : disable dynamic cookies on a specific backend",
    () => ({ on: false }),
  ),
  onCookie(
    ["set", "dynamic-cookie-key", "backend"],
    "set dynamic-cookie-key backend <bk> <k> : change a backend secret key for dynamic cookies",
    ({ word }) => (word(4) === "" ? undefined : { key: word(4) }),
  ),
];

function onFrontend(
  words: readonly string[],
  usage: string,
  act: (found: ProxyRun, call: CommandCall) => Reply,
): Command {
  return commandOn(({ host }, name) => findFrontend(host, name), words, usage, act);
}

function onCookie(
  words: readonly string[],
  usage: string,
  change: (call: CommandCall) => { on: boolean } | { key: string } | undefined,
): Command {
  return {
    words,
    usage,
    run: (call) => {
      if (!call.has("admin")) return permissionDenied;
      const backend = expectBackend(call.host, call.word(3));
      if (isMessage(backend)) return backend;
      const wanted = change(call);
      if (wanted === undefined) return failure("String value expected.\n");
      const error = call.host.dynamicCookie?.(backend, wanted);
      return error === undefined ? undefined : failure(error);
    },
  };
}

const rateLimits = {
  connections: "connectionRate",
  sessions: "sessionRate",
  "ssl-sessions": "tlsRate",
  "http-compression": "compressionRate",
} as const;

function setRateLimit({ host, word }: CommandCall): Reply {
  const setting = Object.hasOwn(rateLimits, word(2))
    ? rateLimits[word(2) as keyof typeof rateLimits]
    : undefined;
  if (setting === undefined || word(3) !== "global")
    return failure(
      "'set rate-limit' only supports :\n" +
        "   - 'connections global' to set the per-process maximum connection rate\n" +
        "   - 'sessions global' to set the per-process maximum session rate\n" +
        "   - 'ssl-sessions global' to set the per-process maximum SSL session rate\n" +
        "   - 'http-compression global' to set the per-process maximum compression speed in kB/s\n",
    );
  if (word(4) === "") return failure("Expects an integer value.\n");
  const value = leadingInteger(word(4));
  if (value < 0) return failure("Value out of range.\n");
  host.limits[setting] = setting === "compressionRate" ? 1024 * value : value;
  return undefined;
}
