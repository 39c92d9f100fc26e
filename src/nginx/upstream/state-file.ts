import { renameSync, rmSync, writeFileSync } from "node:fs";
import type { UpstreamServer } from "../../config/nginx/model/index.js";

/** A word as the file of a configuration has it. */
const word = (text: string): string =>
  /^[\w.:/=[\]-]+$/.test(text) ? text : `"${text.replaceAll(/["\\]/g, (each) => `\\${each}`)}"`;

/** A server as a directive; what nobody said isn't said. */
export function serverLine(server: UpstreamServer): string {
  const { weight, maxConns, maxFails, failTimeout, slowStartMs, route, service } = server;
  const words = [
    server.name,
    ...(weight === 1 ? [] : [`weight=${weight}`]),
    ...(maxConns === 0 ? [] : [`max_conns=${maxConns}`]),
    ...(maxFails === 1 ? [] : [`max_fails=${maxFails}`]),
    ...(failTimeout === 10 ? [] : [`fail_timeout=${failTimeout}s`]),
    ...(slowStartMs === 0 ? [] : [`slow_start=${slowStartMs}ms`]),
    ...(route === undefined ? [] : [`route=${route}`]),
    ...(service === undefined ? [] : [`service=${service}`]),
    ...(["backup", "down", "drain", "resolve"] as const).filter((flag) => server[flag]),
  ];
  return `server ${words.map(word).join(" ")};\n`;
}

/**
 * Writes the servers of an upstream into its `state` file: whole or not at all where the folder may be written, else in place.
 * @throws the system's error
 */
export function writeState(path: string, servers: readonly UpstreamServer[]): void {
  const name = Buffer.from(path, "latin1");
  const other = Buffer.from(`${path}.${process.pid}`, "latin1");
  const bytes = Buffer.from(servers.map(serverLine).join(""), "latin1");
  try {
    writeFileSync(other, bytes);
    renameSync(other, name);
  } catch {
    rmSync(other, { force: true });
    writeFileSync(name, bytes);
  }
}
