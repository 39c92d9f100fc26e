import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect, createServer, isIPv6 } from "node:net";
import { parentPort, workerData } from "node:worker_threads";
import { enterNetworkNamespace } from "../../src/sys/index.js";
import type { Heard, PeerPlace, Question } from "./peers.js";
import { askSctp, serveSctp } from "./raw-sctp.js";

// A peer in a network namespace: it answers at its addresses, or asks what it is told to ask.

const { namespace, listen } = workerData as PeerPlace;
enterNetworkNamespace(namespace);
const port = parentPort!;

/** The answer is not what was said, so that no echo of the network is taken for one. */
const answerTo = (protocol: Heard["protocol"], at: string) => (said: Uint8Array) => {
  port.postMessage({ protocol, at, bytes: Uint8Array.from(said) } satisfies Heard);
  return Uint8Array.from(said).reverse();
};

async function serve(at: string, own: number): Promise<void> {
  const tcp = createServer({ allowHalfOpen: true }, (socket) => {
    const parts: Buffer[] = [];
    socket.on("error", () => {});
    socket.on("data", (part) => parts.push(part));
    socket.on("end", () => socket.end(answerTo("tcp", at)(Buffer.concat(parts))));
  });
  tcp.listen(own, at);
  await once(tcp, "listening");
  const udp = createSocket(isIPv6(at) ? "udp6" : "udp4");
  udp.on("message", (said, from) => udp.send(answerTo("udp", at)(said), from.port, from.address));
  udp.bind(own, at);
  await once(udp, "listening");
  void serveSctp(at, own, answerTo("sctp", at));
}

async function ask({
  protocol,
  own,
  virtual,
  port,
  ownPort,
  bytes,
  patience,
}: Question): Promise<Uint8Array> {
  if (protocol === "sctp") return askSctp(own, ownPort, virtual, port, bytes, patience);
  const signal = AbortSignal.timeout(patience);
  if (protocol === "udp") {
    const udp = createSocket(isIPv6(virtual) ? "udp6" : "udp4");
    try {
      udp.bind(ownPort, own);
      await once(udp, "listening");
      // Connected, it hears the virtual address alone.
      udp.connect(port, virtual);
      await once(udp, "connect", { signal });
      udp.send(bytes);
      const [answer] = (await once(udp, "message", { signal })) as [Buffer];
      return answer;
    } finally {
      udp.close();
    }
  }
  const tcp = connect({
    host: virtual,
    port,
    localAddress: own,
    localPort: ownPort,
    allowHalfOpen: true,
    signal,
  });
  const parts: Buffer[] = [];
  tcp.end(bytes);
  for await (const part of tcp) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

for (const { address, port } of listen) await serve(address, port);
port.on("message", async (question: Question) => {
  try {
    port.postMessage({ answer: Uint8Array.from(await ask(question)) });
  } catch (error) {
    port.postMessage({ error: String(error) });
  }
});
port.postMessage("ready");
