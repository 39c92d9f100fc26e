import type { ProcessRun, ProxyRun, ServerRun } from "../../run/index.js";
import { checkEnabled } from "../server-values.js";
import type { AdminResult } from "./page-options.js";

const maintenance = 1;
const drain = 8;
const byPage = "changed from Web interface";

/** Does it to a server; false: it can't be done to this one, or it was so already. */
type Action = (server: ServerRun, process: ProcessRun) => boolean;

const done = (_ignored: unknown) => true;
const hasBit = (server: ServerRun, bit: number) => (server.administrative & bit) !== 0;

const actions: Readonly<Record<string, Action>> = {
  ready: (server) => done(server.setState("ready")),
  drain: (server) => done(server.setState("drain")),
  maint: (server) => done(server.setState("maint")),
  dhlth: (server) => server.check !== undefined && done(server.enable("check", false)),
  ehlth: (server) => server.check !== undefined && done(server.enable("check", true)),
  hrunn: (server) => server.section.track === undefined && done(server.setHealth("check", "up", byPage)),
  hnolb: (server) =>
    server.section.track === undefined && done(server.setHealth("check", "stopping", byPage)),
  hdown: (server) => server.section.track === undefined && done(server.setHealth("check", "down", byPage)),
  dagent: (server) => server.agent !== undefined && done(server.enable("agent", false)),
  eagent: (server) => server.agent !== undefined && done(server.enable("agent", true)),
  arunn: (server) => checkEnabled(server.agent) && done(server.setHealth("agent", "up", byPage)),
  adown: (server) => checkEnabled(server.agent) && done(server.setHealth("agent", "down", byPage)),
  shutdown: (server, process) => {
    if (server.proxy.state === "stopped") return false;
    for (const stream of [...process.streams]) if (stream.server === server) stream.shutdown("killed");
    return true;
  },
  // Those that pages had before 1.5.
  disable: (server) => !hasBit(server, maintenance) && done(server.setState("maint")),
  enable: (server) => hasBit(server, maintenance) && done(server.setState("ready")),
  stop: (server) => !hasBit(server, drain) && done(server.setState("drain")),
  start: (server) => hasBit(server, drain) && done(server.setState("ready")),
};

/** The fields of a form, decoded; undefined: they can't be. */
export function readForm(body: string): readonly (readonly [string, string])[] | undefined {
  try {
    return body
      .split("&")
      .filter((part) => part !== "")
      .map((part) => {
        const equals = part.indexOf("=");
        const decode = (text: string) => decodeURIComponent(text.replaceAll("+", " "));
        return equals < 0
          ? [decode(part), ""]
          : [decode(part.slice(0, equals)), decode(part.slice(equals + 1))];
      });
  } catch {
    return undefined;
  }
}

/** Does what a form of the page orders: `b` is the back end ("#2" or its name), `action` what, each `s` a server. */
export function applyForm(process: ProcessRun, form: readonly (readonly [string, string])[]): AdminResult {
  const last = (key: string) => form.findLast(([name]) => name === key)?.[1];
  const backendName = last("b");
  const actionName = last("action");
  const proxy = backendName === undefined ? undefined : findBackend(process, backendName);
  if (backendName !== undefined && proxy === undefined) return "ERRP";
  const action =
    actionName !== undefined && Object.hasOwn(actions, actionName) ? actions[actionName] : undefined;
  if (actionName !== undefined && action === undefined) return "ERRP";
  const names = form.filter(([name]) => name === "s").map(([, value]) => value);
  if (proxy === undefined || action === undefined || names.length === 0) return "NONE";
  return applyAll(process, proxy, action, names);
}

function applyAll(
  process: ProcessRun,
  proxy: ProxyRun,
  action: Action,
  names: readonly string[],
): AdminResult {
  let total = 0;
  let changed = 0;
  for (const name of names) {
    const found = proxy.back?.servers.filter((server) => server.name === name) ?? [];
    const server = found.length === 1 ? found[0] : undefined;
    if (server === undefined) total++;
    else if (action(server, process)) {
      total++;
      changed++;
    }
  }
  if (total === 0) return "NONE";
  if (changed === 0) return "ERRP";
  return changed === total ? "DONE" : "PART";
}

function findBackend(process: ProcessRun, name: string): ProxyRun | undefined {
  const found = process.proxies.filter(
    (proxy) =>
      proxy.back !== undefined && (name.startsWith("#") ? `#${proxy.id}` === name : proxy.name === name),
  );
  return found.length === 1 ? found[0] : undefined;
}
