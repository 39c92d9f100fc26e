import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { readConfig } from "../../../src/config/nginx/read-config.js";
import { silent } from "../../../src/errors.js";
import { startStream } from "../../../src/nginx/stream/index.js";
import { SharedMemory } from "../../../src/proxy/index.js";
import { freePorts } from "../../support/free-ports.js";
import { RealNginx } from "../../support/real-nginx.js";
import { certificate, key } from "./stream-place.js";

/** What is compared: a line for each session, without what differs from run to run. */
const format =
  "$remote_addr $protocol $status sent=$bytes_sent received=$bytes_received to=$upstream_addr " +
  "up=$upstream_bytes_sent down=$upstream_bytes_received name=$ssl_preread_server_name tls=$ssl_protocol";

/** What both are told of a case. */
export interface Compared {
  /** Within `server`; ORIGIN0 and its like are addresses of servers, PEM and KEY files. */
  readonly server: string;
  /** Behind the address of `listen`. */
  readonly listen?: string;
  /** Within `stream`. */
  readonly around?: string;
  /** Sessions, one after the other; 1. */
  readonly times?: number;
  /** Lines of the log of each; 1. */
  readonly logged?: number;
  readonly leastMs?: number;
}

/** What a client does at a port; gives what came. */
export type Talk = (port: number) => Promise<string>;

export interface Outcome {
  readonly came: string[];
  readonly lines: string[];
}

/** The configuration of a case that listens at a port. */
function configOf(each: Compared, port: number, origins: readonly number[], log: string): string {
  const { around = "", listen = "", server } = each;
  const text = `log_format f '${format}'; access_log ${log} f; ${around}
    server { listen 127.0.0.1:${port} ${listen}; ${server} }`;
  return text
    .replace(/ORIGIN(\d)/g, (_, at) => `127.0.0.1:${origins[at]}`)
    .replace(/PEM/g, certificate)
    .replace(/KEY/g, key);
}

async function sessions(each: Compared, port: number, talk: Talk, lines: () => string[]): Promise<Outcome> {
  const { times = 1, leastMs = 0, logged = 1 } = each;
  const came: string[] = [];
  for (let time = 1; time <= times; time++) {
    const began = performance.now();
    came.push((await talk(port)).replaceAll(String(port), "PORT!"));
    while (lines().length < time * logged) await new Promise((resolve) => setTimeout(resolve, 5));
    const took = performance.now() - began;
    assert.ok(took >= leastMs, `it took ${took} ms`);
  }
  return { came, lines: lines() };
}

/** By the real nginx. */
export async function really(each: Compared, origins: readonly number[], talk: Talk): Promise<Outcome> {
  const [port, alive] = (await freePorts(2)) as [number, number];
  const nginx = new RealNginx();
  try {
    // Who waits for it to listen would be a session of its own: another server listens behind the first one.
    const probe = `server { listen 127.0.0.1:${alive}; return ''; access_log off; }`;
    await nginx.start(`stream { ${configOf(each, port, origins, nginx.path("log"))} ${probe} }`, alive, {
      stream: true,
    });
    return await sessions(each, port, talk, () => nginx.read("log").split("\n").slice(0, -1));
  } finally {
    await nginx.stop();
  }
}

/** By ours, of the same configuration. */
export async function ours(each: Compared, origins: readonly number[], talk: Talk): Promise<Outcome> {
  const [port] = (await freePorts(1)) as [number];
  const place = new RealNginx();
  const file = place.path("nginx.conf");
  writeFileSync(file, `events {} stream { ${configOf(each, port, origins, "/dev/null")} }`);
  const read = readConfig(file);
  assert.deepEqual(read.diagnostics, []);
  const lines: string[] = [];
  const run = await startStream(read.main.all("stream")[0]!, {
    log: silent,
    memory: new SharedMemory(),
    readText: (path) => readFileSync(path, "utf8"),
    openLog: () => (line) => void lines.push(line),
  });
  try {
    return await sessions(each, port, talk, () => lines);
  } finally {
    run.stop();
    await run.quit();
    await place.stop();
  }
}
