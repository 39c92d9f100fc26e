import { isIP } from "node:net";
import { checkBit } from "../checks/check-status.js";
import { admin, state } from "./admin.js";
import { setDynamicCookie } from "./dynamic-cookie.js";
import { field } from "./layout.js";
import type { ServerState } from "./server-state.js";

/**
 * Where a server is at the start. A name is looked up when everything is loaded (see names.ts): until then the server is in maintenance for
 * want of an address.
 */
export function firstAddress(server: ServerState): void {
  const { address } = server.section;
  const { memory } = server;
  if (address.kind === "unix" || address.kind === "abstract") {
    memory.setText("host", address.kind === "abstract" ? `\0${address.path}` : address.path);
    memory.set(field.port, 0);
    return;
  }
  if (address.kind !== "inet") return;
  memory.set(field.mappedPort, address.offset !== undefined || address.ports === undefined ? 1 : 0);
  memory.set(field.port, address.offset ?? address.ports?.from ?? 0);
  if (address.host === "" || isIP(address.host) !== 0) {
    memory.setText("host", address.host === "" ? (address.family === 6 ? "::" : "0.0.0.0") : address.host);
    setDynamicCookie(server);
    return;
  }
  // With resolvers a name that begins with "_" is an SRV record's.
  const isRecord = address.host.startsWith("_") && server.section.resolvers !== undefined;
  memory.setText(isRecord ? "record" : "hostname", address.host);
  unresolved(server);
}

/** It has no address: it waits in maintenance, without a word, until its name resolves. */
function unresolved(server: ServerState): void {
  const { memory } = server;
  memory.setText("host", "");
  memory.add(field.generation, 1);
  const bits = server.nextAdmin | admin.resolutionMaint;
  memory.set(field.admin, bits);
  memory.set(field.nextAdmin, bits);
  memory.set(field.state, state.stopped);
  memory.set(field.nextState, state.stopped);
  if (server.section.check) {
    server.healthCheck.flag(checkBit.paused, true);
    server.healthCheck.health = 0;
  }
}
