import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { Agent, createServer as createHttpServer, request } from "node:http";
import { Agent as TlsAgent, request as tlsRequest } from "node:https";
import { type AddressInfo, connect, createServer, type Server } from "node:net";
import { join } from "node:path";

/** Servers for a proxy to stand before: HTTP, which gives `/1k`, `/1m` and as many bytes as it was sent, and TCP, which gives back what comes. */
export async function startServers(): Promise<{ http: number; tcp: number; close(): void }> {
  const small = Buffer.alloc(1024, "a");
  const large = Buffer.alloc(1 << 20, "b");
  const http = createHttpServer((incoming, response) => {
    if (incoming.method === "POST") {
      let bytes = 0;
      incoming.on("data", (piece: Buffer) => {
        bytes += piece.length;
      });
      incoming.on("end", () => response.end(String(bytes)));
    } else response.end(incoming.url === "/1m" ? large : small);
  });
  http.keepAliveTimeout = 0;
  const tcp = createServer((socket) => {
    socket.on("error", () => socket.destroy());
    socket.pipe(socket);
  });
  return {
    http: await opened(http),
    tcp: await opened(tcp),
    close() {
      http.close();
      http.closeAllConnections();
      tcp.close();
    },
  };
}

async function opened(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1", 4096);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** A port of 127.0.0.1 that nobody has at the moment. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await opened(server);
  server.close();
  await once(server, "close");
  return port;
}

/** Writes a certificate of one's own, with its key, for TLS at 127.0.0.1. */
export function writeCertificate(folder: string): string {
  const path = join(folder, "proxy.pem");
  const made = spawnSync(
    "openssl",
    [
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:prime256v1",
      "-nodes",
      "-days",
      "9",
    ].concat(["-subj", "/CN=127.0.0.1", "-keyout", "-", "-out", "-"]),
    { encoding: "utf8" },
  );
  if (made.status !== 0) throw new Error(`openssl: ${made.error?.message ?? made.stderr}`);
  writeFileSync(path, made.stdout);
  return path;
}

export interface Kind {
  readonly name: string;
  /** One request; rejects where it wasn't answered as it should be. */
  readonly once: () => Promise<void>;
}

const agents = new Set<Agent>();

/** Lets go of kept connections. */
export function closeAgents(): void {
  for (const agent of agents) agent.destroy();
}

interface Http {
  readonly port: number;
  readonly keep: boolean;
  readonly path?: string;
  readonly tls?: boolean;
  /** Bytes that are sent. */
  readonly body?: number;
}

export function httpKind(name: string, { port, keep, path = "/1k", tls = false, body = 0 }: Http): Kind {
  const agent = new (tls ? TlsAgent : Agent)({ keepAlive: keep, rejectUnauthorized: false } as object);
  agents.add(agent);
  const bytes = Buffer.alloc(body, "c");
  const expected = body > 0 ? String(body).length : path === "/1m" ? 1 << 20 : 1024;
  return {
    name,
    once: () =>
      new Promise((resolve, reject) => {
        const sent = (tls ? tlsRequest : request)(
          {
            host: "127.0.0.1",
            port,
            path,
            agent: agent as never,
            method: body > 0 ? "POST" : "GET",
            headers: { ...(body > 0 && { "content-length": body }), ...(!keep && { connection: "close" }) },
          },
          (response) => {
            let came = 0;
            response.on("data", (piece: Buffer) => {
              came += piece.length;
            });
            response.on("error", reject);
            response.on("end", () => {
              if (response.statusCode === 200 && came === expected) resolve();
              else reject(new Error(`status ${response.statusCode}, ${came} bytes`));
            });
          },
        );
        sent.on("error", (error: Error) => {
          // A kept connection may be closed at the moment at which it is used again: that is the client's to repeat.
          reject(sent.reusedSocket ? new IdleClosed(error.message) : error);
        });
        sent.end(bytes);
      }),
  };
}

/** A request that went into a connection which was being closed as idle. */
export class IdleClosed extends Error {}

export function tcpKind(name: string, port: number): Kind {
  const bytes = Buffer.alloc(4096, "d");
  return {
    name,
    once: () =>
      new Promise((resolve, reject) => {
        let came = 0;
        const socket = connect({ port, host: "127.0.0.1" }, () => socket.end(bytes));
        socket.on("data", (piece) => {
          came += piece.length;
        });
        socket.on("error", reject);
        socket.on("close", () =>
          came === bytes.length ? resolve() : reject(new Error(`${came} bytes came back`)),
        );
      }),
  };
}

export interface Running {
  readonly done: () => Readonly<Record<string, number>>;
  /** Repeated by the client, as its connection was idle. */
  readonly repeated: () => number;
  readonly failed: readonly string[];
  stop(): Promise<void>;
}

/** Asks by each kind on so many loops until it is stopped. */
export function runLoad(kinds: readonly Kind[], loops: number): Running {
  const done: Record<string, number> = {};
  const failed: string[] = [];
  let repeated = 0;
  let going = true;
  const loop = async ({ name, once: ask }: Kind) => {
    while (going)
      try {
        await ask();
        done[name] = (done[name] ?? 0) + 1;
      } catch (error) {
        if (error instanceof IdleClosed) repeated++;
        else {
          failed.push(`${name}: ${(error as Error).message}`);
          // What can't connect would fail a thousand times in a blink.
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
      }
  };
  const all = Promise.all(kinds.flatMap((kind) => Array.from({ length: loops }, () => loop(kind))));
  return {
    done: () => done,
    repeated: () => repeated,
    failed,
    async stop() {
      going = false;
      await all;
    },
  };
}

/** Memory that is resident, in KiB, and open descriptors of a process. */
export function sizeOf(pid: number): { rss: number; descriptors: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return {
    rss: Number(/^VmRSS:\s*(\d+)/m.exec(status)?.[1] ?? 0),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
  };
}
