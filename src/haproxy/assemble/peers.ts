import { connect, type TlsClient, type Wire } from "../../proxy/index.js";
import { PeersSection, showPeers } from "../peers/index.js";
import type { ConnectionHandler, RuntimeHost } from "../run/index.js";
import { Table } from "../tables/index.js";
import type { Process } from "./process-run.js";
import type { TlsFiles } from "./tls-files.js";

const connectMs = 5000;

/** All peers sections of a process; they live in the first thread. */
export class PeersRun {
  readonly sections = new Map<string, PeersSection>();

  constructor(process: Process, tls: TlsFiles, localName: string, hasOldProcess: boolean) {
    const tables = [...process.tables.values()].filter((table): table is Table => table instanceof Table);
    for (const settings of process.config.peers) {
      const section = new PeersSection(
        settings,
        localName,
        tables,
        {
          now: () => process.now(),
          after: (ms, work) => process.after(ms, work),
          connect: (peer, done) => {
            const { address, server } = peer;
            const client: TlsClient | undefined = server?.ssl && tls.client(server);
            const where = placeOf(address);
            if (where === undefined) {
              queueMicrotask(() => done(undefined));
              return () => {};
            }
            const connecting = connect(
              { ...where, timeoutMs: connectMs, ...(client && { tls: client }) },
              { onConnected: (wire) => done(wire), onFailed: () => done(undefined) },
            );
            return () => connecting.cancel();
          },
          random: Math.random,
          otherThreads: process.memory.workers > 1,
        },
        hasOldProcess,
      );
      this.sections.set(settings.name, section);
    }
  }

  start(): void {
    for (const section of this.sections.values()) section.start();
  }

  /** Teaches a new process what is known; settled when that is done, or nobody is there. */
  async handOver(): Promise<void> {
    await Promise.all([...this.sections.values()].map((section) => section.handOver()));
  }

  handler(name: string): ConnectionHandler {
    const section = this.sections.get(name);
    return {
      onWire(_listener, wire, _acceptedAt, closed) {
        if (section === undefined) wire.destroy();
        else section.accept(wire);
        whenClosed(wire, closed);
      },
    };
  }

  get host(): Pick<RuntimeHost, "peers" | "peerCounts"> {
    return {
      peers: (section, withDictionary) => showPeers(this.sections, section, withDictionary),
      peerCounts: () => {
        let active = 0;
        let connected = 0;
        for (const { counts } of this.sections.values()) {
          active += counts.active;
          connected += counts.connected;
        }
        return { active, connected };
      },
    };
  }
}

/** Who has a wire sets its handler: the end is told beside it. */
function whenClosed(wire: Wire, closed: () => void): void {
  const { handler } = wire;
  if (wire.destroyed || handler === undefined) {
    closed();
    return;
  }
  wire.handler = {
    onData: (bytes) => handler.onData(bytes),
    onEnd: () => handler.onEnd(),
    onDrain: () => handler.onDrain(),
    onClose: (error) => {
      handler.onClose(error);
      closed();
    },
  };
}

function placeOf(
  address: import("../../config/haproxy/model/index.js").SocketAddress | undefined,
): { host: string; port: number } | { path: string } | undefined {
  if (address === undefined || "fd" in address) return undefined;
  if (address.kind === "inet") return { host: address.host || "127.0.0.1", port: address.ports?.from ?? 0 };
  return { path: address.kind === "abstract" ? `\0${address.path}` : address.path };
}
