import type { ProxyRun, RuntimeHost, ServerRun } from "../run/index.js";
import { type Command, type CommandCall, failure, type Message, type Reply } from "./command.js";

/** "backend/server": the server, or what is answered where there is none. `#2` and `#1` are ids. */
export function findServer(call: CommandCall, text: string): ServerRun | Message {
  const found = lookUpServer(call.host, text);
  if ("text" in found) return found;
  if (found.proxy.section.disabled || found.proxy.state === "stopped") return failure("Proxy is disabled.\n");
  return found;
}

/** The same, also in a proxy that is disabled. */
export function lookUpServer(host: RuntimeHost, text: string): ServerRun | Message {
  const slash = text.indexOf("/");
  const backendName = slash < 0 ? "" : text.slice(0, slash);
  const serverName = text.slice(slash + 1);
  if (backendName === "" || serverName === "") return failure("Require 'backend/server'.\n");
  const backend = findBackend(host, backendName);
  if (backend === undefined) return failure("No such backend.\n");
  const server = backend.back?.servers.find((each) => isCalled(each, serverName));
  return server ?? failure("No such server.\n");
}

export const isMessage = (found: object): found is Message => "text" in found && "severity" in found;

const isCalled = (each: { name: string; id: number }, text: string) =>
  each.name === text || (text.startsWith("#") && String(each.id) === text.slice(1));

export function findBackend(host: RuntimeHost, text: string): ProxyRun | undefined {
  return host.process.proxies.find((proxy) => proxy.back !== undefined && isCalled(proxy, text));
}

/** A front end by its name, or what is answered. */
export function findFrontend(host: RuntimeHost, text: string): ProxyRun | Message {
  if (text === "") return failure("A frontend name is expected.\n");
  return (
    host.process.proxies.find((proxy) => proxy.front !== undefined && isCalled(proxy, text)) ??
    failure("No such frontend.\n")
  );
}

/** A back end by its name, or what is answered. */
export function expectBackend(host: RuntimeHost, text: string): ProxyRun | Message {
  if (text === "") return failure("A backend name is expected.\n");
  return findBackend(host, text) ?? failure("No such backend.\n");
}

/** A command for admins whose next word names something that is looked up and acted upon. */
export function commandOn<Found extends object>(
  find: (call: CommandCall, name: string) => Found | Message,
  words: readonly string[],
  usage: string,
  act: (found: Found, call: CommandCall) => Reply,
): Command {
  return {
    words,
    usage,
    level: "admin",
    run: (call) => {
      const found = find(call, call.word(words.length));
      return isMessage(found) ? found : act(found, call);
    },
  };
}
