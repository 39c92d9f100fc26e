import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { describe, test } from "node:test";
import { freePorts } from "../../support/free-ports.js";
import { nginxStreamIsThere } from "../../support/real-nginx.js";
import { type Compared, ours, really } from "./stream-compare.js";

/** twice: answers two datagrams to each. silent: none. dead: nobody is there. */
type Origin = "echo" | "twice" | "silent" | "dead";

/** Sends datagrams, each when there have been so many answers before it; then waits for so many in all. */
interface Client {
  readonly datagrams: readonly { readonly text: string; readonly after?: number }[];
  readonly answers: number;
}

interface UdpCase extends Compared {
  readonly name: string;
  readonly origins?: readonly Origin[];
  readonly client: Client;
}

const one: Client = { datagrams: [{ text: "hello" }], answers: 1 };
const three: Client = {
  datagrams: [{ text: "a" }, { text: "bb", after: 1 }, { text: "ccc", after: 2 }],
  answers: 3,
};

const cases: UdpCase[] = [
  {
    name: "so many answers end it",
    server: "proxy_pass ORIGIN0; proxy_responses 1;",
    origins: ["echo"],
    client: one,
  },
  {
    name: "several answers",
    server: "proxy_pass ORIGIN0; proxy_responses 2;",
    origins: ["twice"],
    client: { datagrams: [{ text: "hello" }], answers: 2 },
  },
  {
    name: "no answer is waited for",
    server: "proxy_pass ORIGIN0; proxy_responses 0;",
    origins: ["silent"],
    client: { ...one, answers: 0 },
  },
  {
    name: "each datagram is a session",
    server: "proxy_pass ORIGIN0; proxy_requests 1; proxy_responses 1;",
    origins: ["echo"],
    client: three,
    logged: 3,
  },
  {
    name: "several datagrams are one",
    server: "proxy_pass ORIGIN0; proxy_requests 3; proxy_responses 1;",
    origins: ["echo"],
    client: three,
  },
  {
    name: "until nothing comes any more",
    server: "proxy_pass ORIGIN0; proxy_timeout 1s;",
    origins: ["echo"],
    client: three,
    leastMs: 900,
  },
  {
    name: "answers as fast as they may go",
    server: "proxy_pass ORIGIN0; proxy_requests 2; proxy_responses 1; proxy_download_rate 40;",
    origins: ["echo"],
    client: { datagrams: [{ text: "x".repeat(40) }, { text: "y", after: 1 }], answers: 2 },
    leastMs: 900,
  },
  {
    name: "a client's datagram that comes too fast is lost",
    server: "proxy_pass ORIGIN0; proxy_responses 1; proxy_requests 2; proxy_timeout 1s; proxy_upload_rate 4;",
    origins: ["echo"],
    client: { datagrams: [{ text: "hello" }, { text: "lost", after: 1 }], answers: 1 },
    leastMs: 900,
  },
  {
    name: "an answer that doesn't come",
    server: "proxy_pass ORIGIN0; proxy_responses 1; proxy_timeout 1s;",
    origins: ["silent"],
    client: { ...one, answers: 0 },
    leastMs: 900,
  },
  {
    name: "nobody is there",
    server: "proxy_pass ORIGIN0; proxy_responses 1; proxy_timeout 1s;",
    origins: ["dead"],
    client: { ...one, answers: 0 },
  },
  {
    name: "PROXY protocol",
    server: "proxy_pass ORIGIN0; proxy_protocol on; proxy_responses 0; proxy_bind 127.0.0.9;",
    origins: ["silent"],
    client: { ...one, answers: 0 },
  },
  {
    name: "denied",
    server: "proxy_pass ORIGIN0; deny all;",
    origins: ["echo"],
    client: { ...one, answers: 0 },
  },
  { name: "return", server: 'return "$protocol $remote_addr";', client: one },
  {
    name: "by weights",
    around: "upstream u { server ORIGIN0 weight=2; server ORIGIN1; }",
    server: "proxy_pass u; proxy_responses 1;",
    origins: ["echo", "echo"],
    client: one,
    times: 6,
  },
];

async function originAt(port: number, kind: Origin): Promise<() => void> {
  if (kind === "dead") return () => {};
  const socket = createSocket("udp4");
  socket.on("message", (bytes, from) => {
    const times = kind === "silent" ? 0 : kind === "twice" ? 2 : 1;
    for (let time = 0; time < times; time++) socket.send(bytes, from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(port, "127.0.0.1", resolve));
  return () => socket.close();
}

async function talk(port: number, { datagrams, answers }: Client): Promise<string> {
  const socket: Socket = createSocket("udp4");
  const came: string[] = [];
  let wake = () => {};
  socket.on("message", (bytes) => {
    came.push(bytes.toString("latin1"));
    wake();
  });
  const until = async (count: number) => {
    while (came.length < count) await new Promise<void>((resolve) => (wake = resolve));
  };
  for (const { text, after = 0 } of datagrams) {
    await until(after);
    await new Promise((resolve) => socket.send(text, port, "127.0.0.1", resolve));
  }
  await until(answers);
  socket.close();
  return came.join("|");
}

describe("stream's UDP as the real nginx does it", { skip: !nginxStreamIsThere() }, () => {
  for (const each of cases)
    test(each.name, { timeout: 60_000 }, async () => {
      const { origins = [] } = each;
      const ports = await freePorts(origins.length);
      const ends = await Promise.all(origins.map((kind, at) => originAt(ports[at]!, kind)));
      const udp = { ...each, listen: "udp" };
      const client = (port: number) => talk(port, each.client);
      try {
        const expected = await really(udp, ports, client);
        assert.deepEqual(await ours(udp, ports, client), expected);
      } finally {
        for (const end of ends) end();
      }
    });
});
