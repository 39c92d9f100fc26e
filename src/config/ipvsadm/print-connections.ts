import type { ConnectionEntry } from "../../ipvs/model.js";
import type { ListFormat } from "./command.js";
import type { NameSource } from "./names.js";
import { endpointName } from "./print-parts.js";

/** `-L -c`: the connection table, in the order in which it is given. */
export function* printConnections(
  connections: Iterable<ConnectionEntry>,
  format: ListFormat,
  names: NameSource,
): Generator<string> {
  const engines = format.columns === "persistent-conn";
  const title = `${"state".padEnd(11)} ${"source".padEnd(18)} ${"virtual".padEnd(18)}`;
  yield "IPVS connection entries\n";
  yield engines
    ? `pro expire ${title} ${"destination".padEnd(18)} ${"pe name".padEnd(16)} pe_data\n`
    : `pro expire ${title} destination\n`;
  for (const entry of connections) {
    const { protocol, state, engine } = entry;
    const client = endpointName(entry.client, protocol, names).padEnd(18);
    const virtual = endpointName(entry.virtual, protocol, names).padEnd(18);
    const server = endpointName(entry.server, protocol, names);
    const start =
      `${protocol.toUpperCase().padEnd(3)} ${expiry(entry.expires).padEnd(6)} ` +
      `${state.padEnd(11)} ${client} ${virtual}`;
    // The title has 18 places for the server and the rows have 16: so it is in the real one.
    yield engines && engine
      ? `${start} ${server.padEnd(16)} ${engine.name.padEnd(18)} ${engine.data}\n`
      : `${start} ${server}\n`;
  }
}

/** Seconds as minutes and seconds; minutes go on above 99. */
function expiry(seconds: number): string {
  const two = (value: number) => `${value}`.padStart(2, "0");
  return `${two(Math.floor(seconds / 60))}:${two(seconds % 60)}`;
}
