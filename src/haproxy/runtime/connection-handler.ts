import type { Endpoint, Wire } from "../../proxy/index.js";
import type { ConnectionHandler, ListenerRun, RuntimeHost } from "../run/index.js";
import type { ProcessGauges } from "../stats/index.js";
import { CliSession } from "./cli-session.js";
import type { Command } from "./command.js";

let connections = 0;

/** Takes the connections of `stats socket` listeners. Their level, severity output and the rest are the bind line's. */
export function runtimeConnections(
  host: RuntimeHost,
  gauges: ProcessGauges,
  commands: readonly Command[],
): ConnectionHandler {
  return {
    onWire: (listener, wire, _acceptedAt, closed) =>
      serveWire(host, gauges, commands, listener, wire, closed),
  };
}

function serveWire(
  host: RuntimeHost,
  gauges: ProcessGauges,
  commands: readonly Command[],
  listener: ListenerRun,
  wire: Wire,
  closed: () => void,
): void {
  const { bind } = listener;
  const id = ++connections;
  const since = Date.now();
  const { source, destination } = wire.info;
  gauges.socketConnections++;
  gauges.socketConnectionsNow++;
  const session = new CliSession(
    {
      host,
      gauges,
      commands,
      level: bind.level ?? "operator",
      severity: bind.severityOutput ?? "none",
      timeoutMs: host.process.config.global.statsTimeoutMs,
      describe: () => ({
        id,
        source: source.family === 0 ? `unix:${listener.id}` : printSource(source),
        protocol: protocolOf(destination),
        since,
        descriptor: wire.descriptor,
        exposesListeners: bind.exposeFdListeners,
      }),
    },
    { write: (text) => wire.write(text), end: () => wire.end() },
  );
  wire.handler = {
    onData: (bytes) => session.receive(bytes.toString("latin1")),
    onEnd: () => session.inputEnded(),
    onDrain: () => session.drained(),
    onClose: () => {
      gauges.socketConnectionsNow--;
      session.closed();
      closed();
    },
  };
  wire.resume();
}

const printSource = ({ host, port }: Endpoint) => `${host}:${port}`;

const protocolOf = ({ family }: Endpoint) =>
  family === 0 ? "unix_stream" : family === 6 ? "tcpv6" : "tcpv4";
