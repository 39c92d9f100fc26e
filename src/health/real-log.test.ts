import assert from "node:assert/strict";
import { createSocket, type Socket as DatagramSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createServer as createTlsServer } from "node:tls";
import { at, check, config, endpoint, server, virtual } from "../../test/support/keepalived-config.js";
import type { Check } from "../config/keepalived/model/index.js";
import { silent } from "../errors.js";
import { MemoryPlane } from "../ipvs/memory-plane.js";
import { runScript } from "../sys/index.js";
import { CheckerRole } from "./index.js";

// The same servers do the same things to our checkers as they did to the real one's, and both log the same lines. What depends on which
// server was first (quorum, sorry server) is left out; checker-role.test.ts has that.

const fixture = (name: string) => new URL(`../../../test/fixtures/${name}`, import.meta.url);
const recorded = (name: string) =>
  readFileSync(fixture(`keepalived-checks/${name}.log.txt`), "utf8")
    .split("\n")
    .filter((line) => line !== "");
/** Which of two urls was due when its server went down. */
const anyUrl = /^(?:MD5 digest|HTTP status code) (success to .*) url.*$/;
const depends = /quorum|sorry server|alive servers|Changing weight/;

/** Servers of every kind, which are well or not as they are told. */
class Servers {
  well = true;
  /** The recording's port → ours. */
  readonly ports = new Map<number, number>();
  readonly folder = mkdtempSync(join(tmpdir(), "rondo-checks-"));
  readonly #open: (Server | DatagramSocket)[] = [];
  #tcp: Server | undefined;

  async begin(): Promise<void> {
    const pem = (name: string) => readFileSync(fixture(`tls/${name}.pem`));
    this.#tcp = await this.#listen(
      8001,
      createServer((socket) => socket.resume()),
    );
    await this.#listen(
      8002,
      createServer((socket) => this.#web(socket)),
    );
    const tls = { cert: pem("certificate"), key: pem("key") };
    await this.#listen(
      8003,
      createTlsServer(tls, (socket) => this.#web(socket)),
    );
    await this.#listen(
      8004,
      createServer((socket) => this.#mail(socket)),
    );
    await this.#bind(8005, (bytes) => {
      const reply = Buffer.from(bytes);
      reply[2]! |= 0x80;
      reply[3] = this.well ? 0 : 2;
      return reply;
    });
    await this.#bind(8006, () => Uint8Array.from(this.well ? [1, 2] : [9, 9]));
    this.#files();
  }

  async set(well: boolean): Promise<void> {
    this.well = well;
    if (well) this.#tcp?.listen(this.ports.get(8001), "127.0.0.1");
    else this.#tcp?.close();
    this.#files();
  }

  end(): void {
    for (const one of this.#open) one.close();
    rmSync(this.folder, { recursive: true });
  }

  #files(): void {
    if (this.well) writeFileSync(join(this.folder, "ok"), "");
    else rmSync(join(this.folder, "ok"));
    writeFileSync(join(this.folder, "num"), this.well ? "0\n" : "1\n");
  }

  #web(socket: Socket): void {
    socket.on("error", () => {});
    const page = "HTTP/1.0 200 OK\r\nContent-Length: 6\r\n\r\nhello\n";
    socket.once("data", () => socket.end(this.well ? page : "HTTP/1.0 503 No\r\n\r\n"));
  }

  #mail(socket: Socket): void {
    socket.on("error", () => {});
    socket.write(this.well ? "220 hi\r\n" : "421 no\r\n");
    socket.on("data", (bytes) =>
      `${bytes}`.startsWith("HELO") ? socket.write("250 ok\r\n") : socket.end("221 bye\r\n"),
    );
  }

  async #listen(port: number, listener: Server): Promise<Server> {
    listener.listen(0, "127.0.0.1");
    await once(listener, "listening");
    this.ports.set(port, (listener.address() as AddressInfo).port);
    this.#open.push(listener);
    return listener;
  }

  async #bind(port: number, answer: (bytes: Buffer) => Uint8Array): Promise<void> {
    const socket = createSocket("udp4", (bytes, from) => socket.send(answer(bytes), from.port, from.address));
    socket.bind(0, "127.0.0.1");
    await once(socket, "listening");
    this.ports.set(port, socket.address().port);
    this.#open.push(socket);
  }
}

/** A role whose log has the recording's ports and paths. */
function logging(servers: Servers, file: ReturnType<typeof config>) {
  const lines: string[] = [];
  const told = [...servers.ports].map(([theirs, ours]): [RegExp, string] => [
    new RegExp(`:${ours}\\b`, "g"),
    `:${theirs}`,
  ]);
  let changed = () => {};
  const info = (line: string) => {
    if (line.includes("ctivating")) return;
    lines.push(told.reduce((text, [ours, theirs]) => text.replace(ours, theirs), line));
    changed();
  };
  const role = new CheckerRole(file, {
    log: { ...silent, info, warn: info },
    plane: () => new MemoryPlane(),
    runScript,
    onEvent() {},
  });
  /** Waits for as many lines as there should be; what they are, sorted. */
  const have = async (expected: readonly string[]) => {
    const comparable = (all: readonly string[]) =>
      all
        .filter((line) => !depends.test(line))
        .map((line) => line.replace(anyUrl, "$1"))
        .sort();
    const wanted = comparable(expected);
    const over = new Promise<false>((resolve) => setTimeout(resolve, 20_000, false).unref());
    for (let waits = true; waits && comparable(lines).length < wanted.length; )
      waits = await Promise.race([over, new Promise<true>((resolve) => (changed = () => resolve(true)))]);
    assert.deepEqual(comparable(lines), wanted);
    lines.length = 0;
  };
  return { role, have, lines };
}

const quick = { delayLoop: 200, retry: 2, delayBeforeRetry: 50, warmup: 0, connectTimeout: 4000 };

test("servers of every kind go down and come up: our log has the real one's lines", async () => {
  const log = recorded("down-and-up");
  const servers = new Servers();
  await servers.begin();
  const where = (port: number) => endpoint(`127.0.0.1:${servers.ports.get(port) ?? port}`);
  const url = { path: "/", status: [], at };
  const checks: [number, Check][] = [
    [8001, check("TCP_CHECK", { connect: where(8001), timing: quick })],
    [
      8002,
      check("HTTP_GET", {
        connect: where(8002),
        timing: quick,
        urls: [
          { ...url, path: "/a", digest: "b1946ac92492d2347c6235b4d2611184" },
          { ...url, path: "/b" },
        ],
      }),
    ],
    [
      8003,
      check("SSL_GET", {
        connect: where(8003),
        timing: quick,
        urls: [{ ...url, regex: { pattern: "hel+o", noMatch: false, options: [], minimumOffset: 0 } }],
      }),
    ],
    [8004, check("SMTP_CHECK", { connect: where(8004), timing: quick })],
    [8005, check("DNS_CHECK", { connect: where(8005), timing: quick, type: "A" })],
    [
      8006,
      check("UDP_CHECK", {
        connect: where(8006),
        timing: quick,
        requireReply: true,
        reply: { bytes: Uint8Array.of(1, 2), mask: Uint8Array.of(0, 0) },
      }),
    ],
    [
      8007,
      check("MISC_CHECK", {
        timing: quick,
        timeout: 10_000, // The machine may be busy; without it the script has no longer than from one check to the next.
        command: { argv: ["/usr/bin/test", "-e", join(servers.folder, "ok")], at },
      }),
    ],
    [8008, check("FILE_CHECK", { trackFile: "num" })],
  ];
  const real = checks.map(([port, one]) => {
    const { address, port: ours } = where(port);
    return server(`${address}:${ours}`, [one], { method: "masq" });
  });
  const { role, have, lines } = logging(
    servers,
    config(
      [
        virtual("10.0.0.9:80", real, {
          quorum: 8,
          hysteresis: 1,
          sorryServer: { ...endpoint("127.0.0.1:9999"), method: "masq", inhibit: false },
        }),
      ],
      {
        trackFiles: [{ name: "num", path: join(servers.folder, "num"), weight: 1, reverse: false, at }],
      },
    ),
  );
  const [down, up, stop] = [
    log.indexOf("# down"),
    log.indexOf("# up"),
    log.findIndex((line) => line.startsWith("Shutting")),
  ];
  try {
    role.start();
    assert.deepEqual(lines, log.slice(0, 3), "also what there is about quorum");
    await have(log.slice(0, down));
    await servers.set(false);
    await have(log.slice(down + 1, up));
    await servers.set(true);
    await have(log.slice(up + 1, stop));
    await role.stop();
    assert.deepEqual(lines, log.slice(stop));
  } finally {
    await role.stop();
    servers.end();
  }
});

test("nobody listens: the first failures are told in the real one's lines, plainly, with alpha, with inhibit", async () => {
  const servers = new Servers();
  const ports = [8001, 8002, 8003, 8004, 8005, 8006];
  for (const port of ports) {
    // A port that was free a moment ago.
    const listener = createServer().listen(0, "127.0.0.1");
    await once(listener, "listening");
    servers.ports.set(port, (listener.address() as AddressInfo).port);
    listener.close();
    await once(listener, "close");
  }
  const where = (port: number) => endpoint(`127.0.0.1:${servers.ports.get(port) ?? port}`);
  const timing = { ...quick, retry: 1 };
  const urls = [{ path: "/", status: [], at }];
  const virtuals = [1, 2, 3].map((n) => {
    const kinds: [number, Parameters<typeof check>[0], object][] = [
      [8001, "TCP_CHECK", {}],
      [8002, "HTTP_GET", { urls }],
      [8003, "SSL_GET", { urls }],
      [8004, "SMTP_CHECK", {}],
      [8005, "DNS_CHECK", { type: "A" }],
      [8006, "UDP_CHECK", {}],
      [8007, "MISC_CHECK", { timeout: 10_000, command: { argv: ["/usr/bin/test", "-e", "/nowhere"], at } }],
    ];
    const real = kinds.map(([port, kind, more]) => {
      const { address, port: ours } = where(port);
      const one = check(kind, { connect: where(port), timing, alpha: n === 2, ...more } as never);
      return server(`${address}:${ours}`, [one], { method: "masq", inhibitOnFailure: n === 3 });
    });
    return virtual(`10.0.0.${n}:80`, real, { omega: true, alpha: n === 2 });
  });
  const { role, have, lines } = logging(
    servers,
    config(virtuals, { global: { checkerLogAllFailures: true } }),
  );
  const log = recorded("never-up");
  const stop = log.findIndex((line) => line.startsWith("Shutting"));
  try {
    role.start();
    await have(log.slice(0, stop));
    await role.stop();
    assert.deepEqual(lines, log.slice(stop));
  } finally {
    await role.stop();
    servers.end();
  }
});
