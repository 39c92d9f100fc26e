import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { rondoPath } from "../../src/package-root.js";

/** What tests of `rondo haproxy` share: files and processes of their own, raw clients and servers on 127.0.0.1. */

const patience = 30_000;

/** Whoever can tell of the end of a test: its context, or node:test itself for a whole file. */
interface Ending {
  after(work: () => void): void;
}

export function ownFolder(t: Ending): string {
  const folder = mkdtempSync(join(tmpdir(), `rondo-haproxy-${process.pid}-`));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Running {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly said: () => string;
  readonly ended: Promise<number | string>;
}

/** Runs it with words. */
export function launch(
  t: TestContext,
  words: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Running {
  const child = spawn(process.execPath, [rondoPath, "haproxy", ...words], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, ...environment },
  });
  let said = "";
  for (const stream of [child.stdout!, child.stderr!]) stream.on("data", (text) => (said += text));
  const ended = new Promise<number | string>((resolve) =>
    child.once("exit", (status, signal) => resolve(status ?? signal ?? "")),
  );
  t.after(() => child.kill("SIGKILL"));
  return { child, pid: child.pid as number, said: () => said, ended };
}

/** Runs it with a configuration in the foreground, or with other words before that. */
export function start(
  t: TestContext,
  folder: string,
  config: string,
  words: readonly string[] = ["-db"],
  environment: NodeJS.ProcessEnv = {},
): Running {
  const path = join(folder, "haproxy.cfg");
  writeFileSync(path, config);
  return launch(t, [...words, "-f", path], environment);
}

export async function until<T>(what: string, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (const end = Date.now() + patience; Date.now() < end; ) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`in vain: ${what}`);
}

async function opened(server: Server, host: string): Promise<number> {
  server.listen(0, host, 1024);
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** A server on 127.0.0.1 that is closed, with its connections, when the test has ended. */
export async function rawServer(
  t: Ending,
  serve: (socket: Socket) => void,
  host = "127.0.0.1",
): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    serve(socket);
  });
  t.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return await opened(server, host);
}

/** Answers each request by what `answer` says of its head; a request's body is not read. */
export function answering(answer: (head: string, socket: Socket) => string | undefined) {
  return (socket: Socket): void => {
    let text = "";
    socket.on("data", (piece) => {
      text += piece.toString("latin1");
      let said = "";
      for (let at = text.indexOf("\r\n\r\n"); at >= 0; at = text.indexOf("\r\n\r\n")) {
        said += answer(text.slice(0, at), socket) ?? "";
        text = text.slice(at + 4);
      }
      if (said !== "") socket.write(said, "latin1");
    });
    socket.on("end", () => socket.end());
  };
}

export const ok = (body: string): string =>
  `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

/** A raw client. */
export class Client {
  readonly socket: Socket;
  text = "";
  /** "end", or an error's code. */
  over: string | undefined;

  constructor(port: number, localAddress?: string) {
    this.socket = connect({ port, host: "127.0.0.1", ...(localAddress !== undefined && { localAddress }) });
    this.socket.on("data", (piece) => (this.text += piece.toString("latin1")));
    this.socket.on("end", () => (this.over ??= "end"));
    this.socket.on("error", (error: NodeJS.ErrnoException) => (this.over ??= error.code));
    this.socket.on("close", () => (this.over ??= "end"));
  }

  send(text: string): this {
    this.socket.write(text, "latin1");
    return this;
  }

  ask(path: string, fields = ""): this {
    return this.send(`GET ${path} HTTP/1.1\r\nHost: test\r\n${fields}\r\n`);
  }

  /** What has come, when it matches. */
  async until(pattern: RegExp): Promise<string> {
    return await until(`${pattern} in ${JSON.stringify(this.text.slice(0, 300))}`, () =>
      pattern.test(this.text) ? this.text : undefined,
    );
  }

  async untilOver(): Promise<string> {
    await until("the connection's end", () => this.over);
    return this.text;
  }
}

/** One request on a connection of its own: all that comes, "" where it couldn't connect. */
export async function ask(port: number, path: string, fields = "", localAddress?: string): Promise<string> {
  const client = new Client(port, localAddress).ask(path, `${fields}Connection: close\r\n`);
  const text = await client.untilOver();
  client.socket.destroy();
  return text;
}

export const serves = (port: number, path = "/"): Promise<string> =>
  until("an answer", async () => (await ask(port, path)) || undefined);

/** What a socket of commands answers; nothing where there is none. */
export async function command(path: string, line: string): Promise<string> {
  const socket = connect(path, () => socket.end(`${line}\n`));
  let text = "";
  socket.on("data", (piece) => (text += piece));
  socket.on("error", () => {});
  await new Promise((resolve) => socket.once("close", resolve));
  return text;
}
