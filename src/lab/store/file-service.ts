import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { Refusal, refuse } from "./refusal.js";
import type { Storage } from "./storage.js";

/*
 * What a store's host answers, over HTTP/1.1 (RFC 9110); paths are those of files below its folder:
 *
 *     GET, HEAD /a/b.txt   the file, with ETag; 304 if If-None-Match has it; 301 to /a/b.txt/ of a folder; 404
 *     GET, HEAD /a/        its index.html; else what is in it, a line each: "b.txt 5", "c/"
 *     PUT /a/b.txt         the file is this now: 201 if it is new, 204 else; 507 full, 409 a folder
 *     DELETE /a/b.txt      204; 404; of a folder, /a/, 409 if it is not empty
 *
 * What is wrong is told in a line of text. Who is no lab host that serves from here gets 403.
 */

/** How long nothing may come from somebody who is in the middle of a request, and for how long its head; milliseconds. */
const silence = 60_000;
const headPatience = 5000;
const allowed = "GET, HEAD, PUT, DELETE";

const types: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  gif: "image/gif",
  htm: "text/html; charset=utf-8",
  html: "text/html; charset=utf-8",
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  js: "text/javascript; charset=utf-8",
  json: "application/json",
  png: "image/png",
  svg: "image/svg+xml",
  txt: "text/plain; charset=utf-8",
};

function typeOf(path: string): string {
  const suffix = /\.([^./]+)$/.exec(path)?.[1];
  if (suffix === undefined) return "text/plain; charset=utf-8";
  return types[suffix.toLowerCase()] ?? "application/octet-stream";
}

/**
 * A server, not listening yet, that gives files out and takes them in.
 * @param serves whether somebody with this address is served.
 */
export function fileService(storage: Storage, serves: (address: string) => boolean): Server {
  // An upload may take as long as it wants while something comes.
  const options = { requestTimeout: 0, headersTimeout: headPatience };
  const server = createServer(options, (request, response) => {
    // Whoever breaks off has no need of the rest.
    response.on("error", () => {});
    const address = request.socket.remoteAddress ?? "";
    const answered = serves(address)
      ? answer(storage, request, response)
      : Promise.reject(new Refusal(403, `this store does not serve ${address}`));
    answered.catch((error: unknown) => refuse(request, response, error));
  });
  server.timeout = silence;
  return server;
}

async function answer(storage: Storage, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? "/").split("?")[0]!;
  switch (request.method) {
    case "GET":
    case "HEAD":
      if (path.endsWith("/")) await giveFolder(storage, path, request, response);
      else await give(storage, path, request, response);
      return;
    case "PUT": {
      // A refusal is answered over the same connection.
      const content = request.iterator({ destroyOnReturn: false });
      const length = Number(request.headers["content-length"] ?? 0);
      const { made, tag } = await storage.write(path, content, length);
      response.writeHead(made ? 201 : 204, { ETag: tag, ...(made && { "Content-Length": 0 }) }).end();
      return;
    }
    case "DELETE":
      storage.remove(path);
      response.writeHead(204).end();
      return;
    default:
      throw new Refusal(405, `only ${allowed}`, { Allow: allowed });
  }
}

async function giveFolder(storage: Storage, path: string, ...both: [IncomingMessage, ServerResponse]) {
  try {
    await give(storage, `${path}index.html`, ...both);
  } catch (error) {
    if (!(error instanceof Refusal) || error.status !== 404) throw error;
    const lines = storage
      .list(path)
      .map(({ name, bytes }) => (name.endsWith("/") ? name : `${name} ${bytes}`));
    const text = Buffer.from(lines.map((line) => `${line}\n`).join(""));
    const [, response] = both;
    response.setHeader("Content-Length", text.length);
    response.setHeader("Content-Type", "text/plain; charset=utf-8").end(text);
  }
}

async function give(storage: Storage, path: string, request: IncomingMessage, response: ServerResponse) {
  const { file, bytes, tag } = await storage.open(path);
  try {
    response.setHeader("ETag", tag);
    if (request.headers["if-none-match"] === tag) {
      response.writeHead(304).end();
      return;
    }
    response.setHeader("Content-Type", typeOf(path));
    response.setHeader("Content-Length", bytes);
    if (request.method === "HEAD" || bytes === 0) response.end();
    else await pipeline(file.createReadStream({ autoClose: false, start: 0, end: bytes - 1 }), response);
  } finally {
    await file.close();
  }
}
