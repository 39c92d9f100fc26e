// The web server of a real server. Started by web-server.ts in the host's network, with its configuration as argument.
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { join, relative } from "node:path";
import { pipeline, Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { placeFile } from "../store/place.js";
import { SharedFiles } from "../store/shared-files.js";
import { type WebServerConfig, webPidFile } from "../web-server.js";

const config: WebServerConfig = JSON.parse(process.argv[2] ?? "");
process.title = `rondo lab ${config.lab}: web server of ${config.host}`;

/** Its host says whether it has a store, whoever starts it. */
const shared = existsSync(placeFile)
  ? new SharedFiles(JSON.parse(readFileSync(placeFile, "utf8")))
  : undefined;

const chunk = Buffer.alloc(65536, "rondo\n");
const slowChunk = Buffer.from("rondo".padEnd(999, ".") + "\n");
const slowPause = 100; // milliseconds

function* bytes(count: number): Generator<Buffer> {
  for (let left = count; left > 0; left -= chunk.length)
    yield chunk.subarray(0, Math.min(left, chunk.length));
}

/** 1 kB every 100 ms. */
async function* slowly(seconds: number): AsyncGenerator<Buffer> {
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    yield slowChunk;
    await sleep(Math.max(0, Math.min(slowPause, end - performance.now())));
  }
}

/** The file below the root that a path names; of a folder, its index.html. */
function fileOf(path: string): string | undefined {
  const file = join(config.root, decoded(path)); // It has no ".." left but encoded ones.
  const found = [file, join(file, "index.html")].find((name) =>
    statSync(name, { throwIfNoEntry: false })?.isFile(),
  );
  return found !== undefined && !relative(config.root, found).startsWith("../") ? found : undefined;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path).replaceAll("\0", "");
  } catch {
    return path;
  }
}

function typeOf(file: string): string {
  return /\.html?$/.test(file) ? "text/html; charset=utf-8" : "text/plain; charset=utf-8";
}

/** The path of a URL: without "..", whose place is taken by what it leads to. */
function pathOf(url: string): string | undefined {
  return URL.canParse(url, "http://lab") ? new URL(url, "http://lab").pathname : undefined;
}

/** What a client breaks off is its affair. */
function stream(response: ServerResponse, source: Iterable<Buffer> | AsyncIterable<Buffer>): void {
  pipeline(Readable.from(source), response, () => {});
}

function answer(request: IncomingMessage, response: ServerResponse): void {
  const path = pathOf(request.url ?? "/");
  response.setHeader("X-Server", config.host);
  response.setHeader("Content-Type", "text/plain; charset=utf-8");
  if (path === undefined) {
    response.writeHead(400).end(`${request.url} is no path\n`);
    return;
  }
  if (shared?.owns(path)) {
    void shared.answer(request, response, path);
    return;
  }
  if (request.method === "PUT" || request.method === "POST") {
    receive(request, response);
    return;
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    response.writeHead(405, { Allow: "GET, HEAD, PUT, POST" }).end("Only GET, HEAD, PUT and POST.\n");
    return;
  }
  const asked = /^\/(bytes|slow)\/(\d{1,15})$/.exec(path);
  const amount = Number(asked?.[2]);
  const file = fileOf(path);
  if (file !== undefined) {
    response.setHeader("Content-Type", typeOf(file));
    response.end(readFileSync(file));
  } else if (asked?.[1] === "bytes") {
    response.setHeader("Content-Length", amount);
    if (request.method === "HEAD") response.end();
    else stream(response, bytes(amount));
  } else if (asked) {
    if (request.method === "HEAD") response.end();
    else stream(response, slowly(amount));
  } else if (shared) void shared.answer(request, response, path);
  else
    response
      .writeHead(404)
      .end(`Here are the files of ${config.root}, /bytes/N and /slow/SECONDS; not ${path}\n`);
}

/** Acknowledges an upload by its length, once all of it is here. */
function receive(request: IncomingMessage, response: ServerResponse): void {
  let count = 0;
  request.on("data", (data: Buffer) => {
    count += data.length;
  });
  request.on("error", () => response.destroy());
  request.on("end", () => response.end(`${count} bytes received\n`));
}

const server = createServer(answer);
server.on("error", (error) => {
  console.error(error.message);
  process.exit(1);
});
server.listen(config.port, "0.0.0.0", () => {
  writeFileSync(webPidFile, `${process.pid}\n`);
  process.stdout.write("ready\n");
});
