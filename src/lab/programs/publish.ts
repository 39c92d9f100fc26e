// Answers on the machine's 127.0.0.1 with what the lab's client is answered. Started by publish.ts on the client, with a socket
// that listens in the machine's network among its descriptors: who connects to that comes from the machine, what is connected to in
// turn lies in the lab. Its input's end ends it; it tells by lines what happens.
import { connect, createServer, type Socket } from "node:net";
import { joinSockets, reset } from "../join-sockets.js";
import type { PublishConfig, PublishNews } from "../publish.js";

const config: PublishConfig = JSON.parse(process.argv[2] ?? "");
process.title = `rondo lab ${config.lab}: 127.0.0.1:${config.published} for ${config.address}:${config.port}`;
// Ctrl-C reaches all that is on the terminal: who started this decides.
process.on("SIGINT", () => {});
process.stdout.on("error", () => process.exit(1));

/** Connections at once; a browser has six for a site. */
const most = 256;
/** How long the lab may take to accept a connection, in milliseconds. */
const connectPatience = 10_000;
/** After how much silence the kernel asks whether the other end is still there, in milliseconds. */
const keepAlive = 30_000;

let told = "";
/** The same thing a second time is no news. */
function tell(news: PublishNews): void {
  const line = `${JSON.stringify(news)}\n`;
  if (line !== told) process.stdout.write(line);
  told = line;
}

const open = new Set<Socket>();

function hold(socket: Socket): Socket {
  open.add(socket);
  socket.once("close", () => open.delete(socket));
  return socket.setNoDelay(true).setKeepAlive(true, keepAlive);
}

const server = createServer({ allowHalfOpen: true }, (asking) => {
  const { address, port } = config;
  hold(asking);
  const asked = hold(connect({ host: address, port, allowHalfOpen: true }));
  const patience = setTimeout(
    () => asked.destroy(Object.assign(new Error(), { code: "ETIMEDOUT" })),
    connectPatience,
  );
  let accepted = false;
  asked.once("connect", () => {
    accepted = true;
    tell({ kind: "answers" });
  });
  asked.once("error", (error: NodeJS.ErrnoException) => {
    if (!accepted) tell({ kind: "fails", why: wordsFor(error) });
  });
  for (const event of ["connect", "close"]) asked.once(event, () => clearTimeout(patience));
  joinSockets(asking, asked);
});
server.maxConnections = most;
server.on("drop", () => tell({ kind: "full", most }));
server.on("error", (error) => {
  console.error(error.message);
  process.exit(1);
});

function wordsFor({ code, message }: NodeJS.ErrnoException): string {
  const words: Readonly<Record<string, string>> = {
    ECONNREFUSED: "refuses connections",
    ETIMEDOUT: `accepts no connection within ${connectPatience / 1000} s`,
    EHOSTUNREACH: "can't be reached: no route to host",
    ENETUNREACH: "can't be reached: network unreachable",
    ECONNRESET: "breaks connections off",
  };
  return words[code ?? ""] ?? message;
}

function end(): void {
  server.close();
  for (const socket of open) reset(socket);
  setImmediate(() => process.exit(0));
}

process.stdin.on("end", end);
process.stdin.on("error", end);
process.stdin.resume();
server.listen({ fd: config.listener }, () => tell({ kind: "ready" }));
