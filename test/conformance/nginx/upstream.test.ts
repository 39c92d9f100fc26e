import assert from "node:assert/strict";
import { Agent, createServer, request as httpRequest, type Server } from "node:http";
import { describe, test } from "node:test";
import { Upstream } from "../../../src/nginx/upstream/index.js";
import { SharedMemory } from "../../../src/proxy/index.js";
import { freePorts } from "../../support/free-ports.js";
import { httpPaths, nginxIsThere, RealNginx } from "../../support/real-nginx.js";
import { type Step, type UpstreamCase, upstreamCases } from "./upstream-cases.js";
import { caseModel } from "./upstream-model.js";

/** Servers at ports of their own, which can be broken and mended; a held request is answered by `release`. */
class Origins {
  readonly ports: readonly number[];
  readonly #servers: (Server | undefined)[];
  #held: (() => void)[] = [];
  #onHeld: () => void = () => {};

  constructor(ports: readonly number[]) {
    this.ports = ports;
    this.#servers = ports.map(() => undefined);
  }

  async mend(index: number): Promise<void> {
    const server = createServer((request, response) => {
      if (request.url !== "/hold") response.end();
      else {
        this.#held.push(() => response.end());
        this.#onHeld();
      }
    });
    this.#servers[index] = server;
    await new Promise<void>((resolve) => server.listen(this.ports[index], "127.0.0.1", resolve));
  }

  /** Stops listening at once; requests that are held go on. */
  async break(index: number): Promise<void> {
    this.#servers[index]?.close();
    this.#servers[index] = undefined;
  }

  held(): Promise<void> {
    return new Promise((resolve) => {
      this.#onHeld = resolve;
    });
  }

  release(): void {
    for (const answer of this.#held.splice(0)) answer();
  }
}

/** What the real one did: for each request `$upstream_addr`, which has every server that was tried. */
async function really(each: UpstreamCase, origins: Origins): Promise<string[]> {
  const [port] = (await freePorts(1)) as [number];
  const nginx = new RealNginx();
  const servers = each.servers.map(
    (parameters, at) => `server 127.0.0.1:${origins.ports[at]} ${parameters};`,
  );
  const agent = new Agent({ keepAlive: true });
  try {
    await nginx.start(
      `http { ${httpPaths(nginx)}
        upstream u { ${each.balance} ${servers.join(" ")} }
        server { listen 127.0.0.1:${port}; set_real_ip_from 127.0.0.1; real_ip_header X-Client;
          location / { proxy_pass http://u; add_header X-Tried $upstream_addr always; } } }`,
      port,
    );
    const found: string[] = [];
    const held: Promise<void>[] = [];
    for (const step of each.steps) {
      const at = found.length;
      if (step.kind === "request") found.push(await ask(port, agent, step, "/"));
      else if (step.kind === "hold") {
        found.push("");
        const arrived = origins.held();
        const answered = ask(port, agent, step, "/hold").then((tried) => {
          found[at] = tried;
        });
        held.push(answered);
        await Promise.race([arrived, answered]);
      } else if (step.kind === "release") {
        origins.release();
        await Promise.all(held.splice(0));
      } else if (step.kind === "wait")
        await new Promise((resolve) => setTimeout(resolve, 1000 * step.seconds));
      else await origins[step.kind](step.server);
    }
    return found;
  } finally {
    agent.destroy();
    origins.release();
    await nginx.stop();
  }
}

function ask(
  port: number,
  agent: Agent,
  step: Step & { kind: "request" | "hold" },
  path: string,
): Promise<string> {
  const headers = { "x-client": step.client ?? "127.0.0.1", "x-key": step.key ?? "" };
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: "127.0.0.1", port, agent, path, headers }, (response) => {
      response.resume();
      response.on("end", () => resolve(String(response.headers["x-tried"])));
    });
    request.on("error", reject);
    request.end();
  });
}

/** The same by ours, without any connection: a broken server's attempts fail. */
function ours(each: UpstreamCase, ports: readonly number[]): string[] {
  let time = 5_000_000;
  const surroundings = { memory: new SharedMemory(), role: "http", defaultPort: 80, clock: () => time };
  const upstream = new Upstream(caseModel(each, ports), surroundings);
  const broken = new Set<string>();
  const held: ReturnType<Upstream["begin"]>[] = [];
  const found: string[] = [];
  for (const step of each.steps) {
    if (step.kind === "wait") time += 1000 * step.seconds;
    else if (step.kind === "break") broken.add(`127.0.0.1:${ports[step.server]}`);
    else if (step.kind === "mend") broken.delete(`127.0.0.1:${ports[step.server]}`);
    else if (step.kind === "release") for (const attempt of held.splice(0)) attempt.free("good");
    else {
      const attempt = upstream.begin({ clientAddress: step.client ?? "127.0.0.1", key: step.key ?? "" });
      found.push(tryPeers(attempt, broken));
      if (attempt.peer === undefined) continue;
      if (step.kind === "hold") held.push(attempt);
      else attempt.free("good");
    }
  }
  return found;
}

/** Ends with a peer that is left in use, or without one. */
function tryPeers(attempt: ReturnType<Upstream["begin"]>, broken: ReadonlySet<string>): string {
  const tried: string[] = [];
  for (;;) {
    const peer = attempt.next();
    tried.push(peer?.name ?? "u");
    if (peer === undefined || !broken.has(peer.name)) return tried.join(", ");
    attempt.free("failed");
    if (attempt.tries === 0) return tried.join(", ");
  }
}

describe("upstreams choose as the real nginx does", { skip: !nginxIsThere() }, () => {
  for (const each of upstreamCases)
    test(each.name, { timeout: 120_000 }, async () => {
      const origins = new Origins(await freePorts(each.servers.length));
      for (const index of origins.ports.keys()) await origins.mend(index);
      try {
        assert.deepEqual(ours(each, origins.ports), await really(each, origins));
      } finally {
        for (const index of origins.ports.keys()) await origins.break(index);
      }
    });
});
