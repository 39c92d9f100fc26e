import { mkdirSync, rmSync, statSync } from "node:fs";
import { connect, createServer, type Server, type Socket } from "node:net";
import { dirname } from "node:path";
import { RondoError } from "../errors.js";

// A Unix socket by which a running daemon is asked: one line of JSON each way, then it is closed.
//
//   request   { "command": "drain", … } LF
//   answer    { "ok": … } LF    or    { "error": "a sentence" } LF

/** Longer requests are refused, in bytes. */
const longest = 4096;
/** How long a conversation may take, in milliseconds. */
const patience = 5000;

/** What a daemon does with a request; what it gives, now or later, is the answer. A RondoError is told to who asked. */
export type Answering = (request: Readonly<Record<string, unknown>>) => unknown;

/**
 * Listens at a path that only this user can open. What a daemon that was killed has left there is removed.
 * @throws RondoError "control-taken" if one is at work there
 */
export async function openControlSocket(path: string, answering: Answering): Promise<{ close(): void }> {
  mkdirSync(dirname(path), { recursive: true });
  if (statSync(path, { throwIfNoEntry: false })?.isSocket()) {
    if (await isAnswered(path))
      throw new RondoError("control-taken", `another process is told what to do at ${path}`, {
        remedy: "Take another port, or end that one.",
      });
    rmSync(path, { force: true });
  }
  const server = createServer((socket) => serve(socket, answering));
  server.maxConnections = 16;
  await listen(server, path);
  server.unref();
  return {
    close() {
      server.close();
      try {
        rmSync(path, { force: true });
      } catch {
        // Without root any more the folder can't be changed: nobody listens there, and the next one takes the place.
      }
    },
  };
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    const umask = process.umask(0o177);
    try {
      // The path is bound before this returns.
      server.listen(path, () => {
        server.off("error", reject);
        server.on("error", () => {});
        resolve();
      });
    } finally {
      process.umask(umask);
    }
  });
}

function serve(socket: Socket, answering: Answering): void {
  let text = "";
  let done = false;
  const timer = setTimeout(() => socket.destroy(), patience);
  socket.on("close", () => clearTimeout(timer));
  socket.on("error", () => socket.destroy());
  socket.setEncoding("utf8");
  socket.on("data", (part: string) => {
    if (done) return;
    text += part;
    const end = text.indexOf("\n");
    if (end < 0 && text.length < longest) return;
    done = true;
    clearTimeout(timer);
    void answerTo(text.slice(0, Math.max(end, 0)), answering).then((answer) =>
      socket.end(`${JSON.stringify(answer)}\n`),
    );
  });
}

async function answerTo(text: string, answering: Answering): Promise<{ ok: unknown } | { error: string }> {
  try {
    return { ok: (await answering(JSON.parse(text) as Record<string, unknown>)) ?? null };
  } catch (error) {
    return { error: error instanceof RondoError ? error.message : "this was no request" };
  }
}

/**
 * Asks the daemon at a path, and waits so many milliseconds for its answer. undefined if there is none.
 * @throws RondoError "refused" with what it said; "no-root"; "no-answer"
 */
export function askDaemon(
  path: string,
  request: Readonly<Record<string, unknown>>,
  longestWait: number = patience,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let text = "";
    const silent = () =>
      reject(new RondoError("no-answer", `what listens at ${path} gave no answer`, { remedy: "Try again." }));
    socket.setTimeout(longestWait, () => {
      socket.destroy();
      silent();
    });
    socket.setEncoding("utf8");
    socket.on("data", (part: string) => {
      text += part;
    });
    socket.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ECONNREFUSED") resolve(undefined);
      else if (error.code === "EACCES")
        reject(new RondoError("no-root", `${path} is root's`, { remedy: "Run it as root." }));
      else silent();
    });
    socket.once("end", () => {
      try {
        const answer = JSON.parse(text) as { ok?: unknown; error?: string };
        if (answer.error === undefined) resolve(answer.ok);
        else reject(new RondoError("refused", answer.error));
      } catch {
        silent();
      }
    });
    socket.write(`${JSON.stringify(request)}\n`);
  });
}
