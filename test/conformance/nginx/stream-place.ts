import { readFileSync } from "node:fs";
import { createServer, type Server, type Socket, connect as tcpConnect } from "node:net";
import { createServer as createTlsServer, connect as tlsConnect } from "node:tls";
import { packageRoot } from "../../../src/package-root.js";
import type { ClientStep, Origin } from "./stream-cases.js";

export const certificate = `${packageRoot}test/fixtures/tls/certificate.pem`;
export const key = `${packageRoot}test/fixtures/tls/key.pem`;

/** A server at a port of 127.0.0.1; gives what ends it. */
export async function originAt(port: number, kind: Origin): Promise<() => void> {
  if (kind === "dead") return () => {};
  const sockets = new Set<Socket>();
  const server: Server =
    kind === "tls"
      ? createTlsServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (socket) => {
          socket.write(`${String((socket as typeof socket & { servername?: string }).servername)}:`);
          socket.pipe(socket);
          socket.on("error", () => {});
        })
      : createServer({ allowHalfOpen: true }, (socket) => behave(kind, socket));
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
}

function behave(kind: Exclude<Origin, "dead" | "tls">, socket: Socket): void {
  if (kind === "echo") socket.pipe(socket);
  else if (kind === "banner") socket.end("banner");
  else if (kind === "silent") socket.on("data", () => {}).on("end", () => socket.end());
  else {
    let came = "";
    socket.on("data", (bytes: Buffer) => {
      came += bytes.toString("latin1");
    });
    socket.on("end", () => socket.end(`late:${came}`));
  }
}

/** Does what the steps say at a port of 127.0.0.1; gives what came. */
export async function talk(port: number, steps: readonly ClientStep[], tls: boolean): Promise<string> {
  const socket = tls
    ? tlsConnect({ port, host: "127.0.0.1", rejectUnauthorized: false, servername: "app.test" })
    : tcpConnect({ port, host: "127.0.0.1", allowHalfOpen: true });
  const came: Buffer[] = [];
  let count = 0;
  let ended = false;
  let wake = () => {};
  const changed = () => wake();
  socket.on("data", (bytes: Buffer) => {
    came.push(bytes);
    count += bytes.length;
    changed();
  });
  socket.on("error", () => {});
  for (const event of ["end", "close"])
    socket.on(event, () => {
      ended = true;
      changed();
    });
  const until = async (met: () => boolean) => {
    while (!met()) await new Promise<void>((resolve) => (wake = resolve));
  };
  await new Promise<void>((resolve) => socket.once(tls ? "secureConnect" : "connect", resolve));
  for (const step of steps) {
    if (step.kind === "send")
      await new Promise<void>((resolve) => void socket.write(step.bytes, () => resolve()));
    else if (step.kind === "receive") {
      if (step.count === 0) await new Promise((resolve) => setTimeout(resolve, 20));
      else await until(() => count >= step.count || ended);
    } else if (step.kind === "closed") await until(() => ended);
    else if (step.kind === "finish") socket.end();
    else socket.resetAndDestroy();
  }
  socket.destroy();
  return Buffer.concat(came).toString("latin1");
}

/** The first bytes that OpenSSL sends to begin TLS. */
export function clientHello(maxVersion: "TLSv1.2" | "TLSv1.3"): Promise<Buffer> {
  return new Promise((resolve) => {
    const server = createServer((socket) => {
      socket.once("data", (bytes: Buffer) => {
        socket.destroy();
        server.close();
        resolve(bytes);
      });
      socket.on("error", () => {});
    });
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      tlsConnect({
        port,
        host: "127.0.0.1",
        servername: "app.test",
        ALPNProtocols: ["h2", "http/1.1"],
        maxVersion,
      }).on("error", () => {});
    });
  });
}
