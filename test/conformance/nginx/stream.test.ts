import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { describe, test } from "node:test";
import { readConfig } from "../../../src/config/nginx/read-config.js";
import { silent } from "../../../src/errors.js";
import { startStream } from "../../../src/nginx/stream/index.js";
import { SharedMemory } from "../../../src/proxy/index.js";
import { freePorts } from "../../support/free-ports.js";
import { nginxStreamIsThere, RealNginx } from "../../support/real-nginx.js";
import { type StreamCase, streamCases } from "./stream-cases.js";
import { certificate, clientHello, key, originAt, talk } from "./stream-place.js";

/** What is compared: a line for each session, without what differs from run to run. */
const format =
  "$remote_addr $protocol $status sent=$bytes_sent received=$bytes_received to=$upstream_addr " +
  "up=$upstream_bytes_sent down=$upstream_bytes_received name=$ssl_preread_server_name tls=$ssl_protocol";

interface Outcome {
  readonly came: string[];
  readonly lines: string[];
}

/** The configuration of a case that listens at a port. */
function configOf(each: StreamCase, port: number, origins: readonly number[], log: string): string {
  const { around = "", listen = "", server } = each;
  const text = `log_format f '${format}'; access_log ${log} f; ${around}
    server { listen 127.0.0.1:${port} ${listen}; ${server} }`;
  return text
    .replace(/ORIGIN(\d)/g, (_, at) => `127.0.0.1:${origins[at]}`)
    .replace(/PEM/g, certificate)
    .replace(/KEY/g, key);
}

async function sessions(each: StreamCase, port: number, lines: () => string[]): Promise<Outcome> {
  const { times = 1, leastMs = 0, tls = false } = each;
  const came: string[] = [];
  for (let time = 1; time <= times; time++) {
    const began = performance.now();
    came.push((await talk(port, each.client, tls)).replaceAll(String(port), "PORT!"));
    while (lines().length < time) await new Promise((resolve) => setTimeout(resolve, 5));
    const took = performance.now() - began;
    assert.ok(took >= leastMs, `it took ${took} ms`);
  }
  return { came, lines: lines() };
}

async function really(each: StreamCase, origins: readonly number[]): Promise<Outcome> {
  const [port, alive] = (await freePorts(2)) as [number, number];
  const nginx = new RealNginx();
  try {
    // Who waits for it to listen would be a session of its own: another server listens behind the first one.
    const probe = `server { listen 127.0.0.1:${alive}; return ''; access_log off; }`;
    await nginx.start(`stream { ${configOf(each, port, origins, nginx.path("log"))} ${probe} }`, alive, {
      stream: true,
    });
    return await sessions(each, port, () => nginx.read("log").split("\n").slice(0, -1));
  } finally {
    await nginx.stop();
  }
}

async function ours(each: StreamCase, origins: readonly number[]): Promise<Outcome> {
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
    return await sessions(each, port, () => lines);
  } finally {
    run.stop();
    await run.quit();
    await place.stop();
  }
}

describe("stream as the real nginx does it", { skip: !nginxStreamIsThere() }, async () => {
  const cases = streamCases(await clientHello("TLSv1.3"), await clientHello("TLSv1.2"));
  for (const each of cases)
    test(each.name, { timeout: 60_000 }, async () => {
      const { origins = [] } = each;
      const ports = await freePorts(origins.length);
      const ends = await Promise.all(origins.map((kind, at) => originAt(ports[at]!, kind)));
      try {
        const expected = await really(each, ports);
        const found = await ours(each, ports);
        assert.deepEqual(found, expected);
      } finally {
        for (const end of ends) end();
      }
    });
});
