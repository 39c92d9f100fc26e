import { isIP } from "node:net";
import type { Endpoint } from "../../proxy/index.js";
import { checkBit } from "../checks/check-status.js";
import { processQueue } from "../queue/dequeue.js";
import { admin } from "./admin.js";
import { setDynamicCookie } from "./dynamic-cookie.js";
import { field } from "./layout.js";
import type { ServerState } from "./server-state.js";
import {
  clearAdmin,
  setDrain,
  setMaintenance,
  setReady,
  setRunning,
  setStopped,
  setStopping,
} from "./transitions.js";

/** What the runtime socket, the stats page and agents do to a server; texts are HAProxy's. */

export function setState(
  server: ServerState,
  to: "ready" | "drain" | "maint",
  cause: string | undefined,
): undefined {
  server.all.lock.hold(() => {
    if (to === "ready") setReady(server);
    else if (to === "drain") setDrain(server, cause);
    else setMaintenance(server, cause);
  });
  return undefined;
}

export function setMaxconn(server: ServerState, word: string): string | undefined {
  if (word === "") return "Require <maxconn>.\n";
  const found = /^\s*([+-]?\d+)(.*)$/s.exec(word);
  if (found === null) return "maxconn string empty or preceded by garbage";
  if (found[2] !== "") return "Trailing garbage in maxconn string";
  const { memory } = server;
  const value = Math.max(0, Math.min(Number(found[1]), 0x7fffffff));
  if (server.maxconn === server.minconn) memory.set(field.minconn, value);
  memory.set(field.maxconn, value);
  if (value === 0) processAll(server);
  else processQueue(server);
  return undefined;
}

/** Without a limit everything that waits for it may go. */
function processAll(server: ServerState): void {
  const { memory } = server;
  memory.set(field.maxconn, 0x7fffffff);
  memory.set(field.minconn, 0x7fffffff);
  processQueue(server);
  memory.set(field.maxconn, 0);
  memory.set(field.minconn, 0);
}

export function setHealth(
  server: ServerState,
  which: "check" | "agent",
  to: "up" | "stopping" | "down",
  by: string,
): string | undefined {
  const check = which === "check" ? server.healthCheck : server.agentCheck;
  if (which === "check" && server.track !== undefined) return "cannot change health on a tracking server.\n";
  if (which === "agent" && !check.enabled) return "agent checks are not enabled on this server.\n";
  if (which === "agent" && to === "stopping") return "'set server <srv> agent' expects 'up' or 'down'.\n";
  server.all.lock.hold(() => {
    check.health = to === "down" ? 0 : check.best;
    if (to === "up") setRunning(server, by);
    else if (to === "down") setStopped(server, by);
    else setStopping(server, by);
  });
  return undefined;
}

export function enable(server: ServerState, which: "check" | "agent", on: boolean): string | undefined {
  const check = which === "check" ? server.healthCheck : server.agentCheck;
  if (on && !check.configured)
    return which === "check"
      ? "Health check was not configured on this server, cannot enable.\n"
      : "Agent was not configured on this server, cannot enable.\n";
  check.flag(checkBit.enabled, on);
  return undefined;
}

/** Connections from now on go over TLS, or no longer. */
export function setTls(server: ServerState, on: boolean): string | undefined {
  if (server.dynamic) return "'set server <srv> ssl' not supported on dynamic servers\n";
  if (!server.mayUseTls)
    return "'set server <srv> ssl' cannot be set.  default-server should define ssl settings\n";
  server.memory.set(field.useTls, on ? 1 : 0);
  server.memory.add(field.generation, 1);
  server.all.closeIdle(server);
  return undefined;
}

export function setAgentSend(server: ServerState, text: string): string | undefined {
  if (!server.agentCheck.enabled) return "agent checks are not enabled on this server.\n";
  server.memory.setText("agentSend", text);
  return undefined;
}

export function setCheckAddress(
  server: ServerState,
  which: "check" | "agent",
  host: string | undefined,
  port: string | undefined,
): string | undefined {
  const check = which === "check" ? server.healthCheck : server.agentCheck;
  if (!check.enabled)
    return `${which === "check" ? "health" : "agent"} checks are not enabled on this server`;
  if (host !== undefined && isIP(host) === 0) return `invalid addr '${host}'`;
  if (port !== undefined) {
    if (!/^\d+$/.test(port)) return "provided port is not an integer";
    if (Number(port) > 65535) return "provided port is invalid";
    if (which === "check" && server.memory.get(field.mappedPort) !== 0 && Number(port) === 0)
      return "can't unset 'port' since MAPPORTS is in use";
  }
  if (host !== undefined) check.address = host;
  if (port !== undefined) check.port = Number(port);
  return undefined;
}

/** `set server … addr`: gives what is told of it, also where nothing changed. It leaves the maintenance of a name that didn't resolve. */
export function setAddress(server: ServerState, host: string, port: string | undefined, by: string): string {
  return server.all.lock.hold(() => {
    const message = changeAddress(server, host, port);
    clearAdmin(server, admin.resolutionMaint);
    return `${message} by '${by}'\n`;
  });
}

function changeAddress(server: ServerState, host: string, port: string | undefined): string {
  const { memory } = server;
  if (isIP(host) === 0) return `Invalid addr '${host}'`;
  const current = memory.text("host");
  let message: string;
  let changed = false;
  if (current.startsWith("/") || current.startsWith("\0"))
    return "Update for the current server address family is only supported through configuration file";
  if (current === host) message = "no need to change the addr";
  else {
    memory.setText("host", host);
    changed = true;
    message = `IP changed from '${current}' to '${host}'`;
  }
  if (port !== undefined) {
    const found = /^([+-]?)\d+/.exec(port);
    const mapped = memory.get(field.mappedPort) !== 0;
    if (found === null) message += `, problem converting port '${port}' to an int`;
    else if (found[1] !== "" && !mapped && server.healthCheck.port === 0)
      message +=
        ", can't change <port> to port map because it is incompatible with current health check port configuration (use 'port' statement from the 'server' directive.";
    else {
      const value = Number.parseInt(found[0], 10);
      const was = memory.get(field.port);
      const needed = found[1] !== "" && !mapped ? true : was !== value;
      if (!needed) message += ", no need to change the port";
      else {
        message += `, port changed from '${mapped ? "+" : ""}${was}' to '${found[1]}${Math.abs(value)}'`;
        memory.set(field.port, value);
        memory.set(field.mappedPort, found[1] === "" ? 0 : 1);
        changed = true;
      }
    }
  }
  if (changed) moved(server);
  return message;
}

function moved(server: ServerState): void {
  server.memory.add(field.generation, 1);
  server.all.closeIdle(server);
  setDynamicCookie(server);
}

/** `set server … fqdn`, in a form that a resolver then looks up. */
export function setFqdn(server: ServerState, name: string): string | undefined {
  if (name === "") return "set server <b>/<s> fqdn requires a FQDN.\n";
  if (server.section.resolvers === undefined)
    return "set server <b>/<s> fqdn failed because no resolution is configured.\n";
  if (server.memory.text("record") !== "")
    return "set server <b>/<s> fqdn failed because SRV resolution is configured.\n";
  return `${changeName(server, name)} by 'stats socket command'\n`;
}

function changeName(server: ServerState, name: string): string {
  const was = server.fqdn ?? "";
  if (was === name) return "no need to change the FDQN";
  if (name.length > 255 || !/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?$/.test(name))
    return `invalid fqdn '${name}'`;
  server.memory.setText("hostname", name);
  server.memory.add(field.generation, 1);
  server.nextAdmin |= admin.hostnameMaint;
  server.memory.set(field.admin, server.administrative | admin.hostnameMaint);
  server.naming?.onName?.();
  return `${server.path} changed its FQDN from ${was} to ${name}`;
}

/** Where connections go. */
export function endpointOf(server: ServerState): Endpoint | undefined {
  const { memory } = server;
  const host = memory.text("host");
  if (host === "") return undefined;
  const family = isIP(host);
  if (family === 0) return { host, port: 0, family: 0 };
  return { host, port: memory.get(field.port), family: family === 6 ? 6 : 4 };
}
