import type { Log } from "../../errors.js";
import { nextConnectionNumber } from "../connection-number.js";
import type { StreamServer } from "./settings.js";
import { type StreamContext, TcpListener } from "./tcp-listener.js";
import { UdpListener } from "./udp-listener.js";

export interface StreamSurroundings {
  readonly log: Log;
  /** Sockets that listen (or of UDP are bound) already, by nginx's name of their address ("0.0.0.0:80", "udp 0.0.0.0:53"). What isn't there is bound. */
  readonly descriptors?: ReadonlyMap<string, number>;
}

/** The stream role of one thread, running. */
export interface StreamRun {
  /** Takes no more connections; fulfilled when those that there are have ended. */
  quit(): Promise<void>;
  /** Ends all at once. */
  stop(): void;
  /** Sessions that there are. */
  readonly connections: number;
}

/** Runs servers of stream. Rejects, with nothing left open, where one of their sockets can't be bound. */
export async function runServers(
  servers: readonly StreamServer[],
  { log, descriptors }: StreamSurroundings,
): Promise<StreamRun> {
  const context: StreamContext = { log, nextNumber: nextConnectionNumber };
  const listeners: (TcpListener | UdpListener)[] = [];
  const stop = () => {
    for (const each of listeners) each.stop();
  };
  try {
    for (const server of servers)
      for (const listens of server.listens) {
        const { udp, text } = listens;
        const listener = new (udp ? UdpListener : TcpListener)(listens, server, {
          ...context,
          log: server.errorLog ?? log,
        });
        listeners.push(listener);
        await listener.start(descriptors?.get(udp ? `udp ${text}` : text));
      }
  } catch (error) {
    stop();
    throw error;
  }
  return {
    stop,
    quit: async () => {
      await Promise.all(listeners.map((each) => each.quit()));
    },
    get connections() {
      return listeners.reduce((sum, each) => sum + each.connections, 0);
    },
  };
}
