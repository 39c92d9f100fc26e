import { setTimeout as pause } from "node:timers/promises";
import {
  AF_INET,
  AF_INET6,
  bind,
  close,
  inetAddress,
  receiveFrom,
  SOCK_NONBLOCK,
  SOCK_RAW,
  sendTo,
  socket,
} from "../../src/sys/index.js";
import {
  type DecodedSctp,
  decodeSctp,
  encodeSctp,
  IpAddress,
  IpProtocol,
  type SctpChunk,
  type SctpChunkName,
  SctpChunkType,
} from "../../src/wire/index.js";
import { defaultChunkValue } from "../../src/wire/sctp-values.js";

// As much of SCTP as one message each way needs, over raw sockets: for kernels without it, and for Node, which has none. A
// kernel that has it may send an ABORT besides, as it knows nothing of these associations; that is not listened to.

/** A packet with whom it came from. */
interface Arrived {
  readonly from: IpAddress;
  readonly packet: DecodedSctp;
}

const ipv4Header = (bytes: Uint8Array) => 4 * (bytes[0]! & 15);
const chunk = (
  name: SctpChunkName,
  value: Uint8Array = defaultChunkValue(SctpChunkType[name]),
): SctpChunk => ({
  type: SctpChunkType[name],
  flags: name === "data" ? 3 : 0,
  value,
});
const message = (bytes: Uint8Array) =>
  chunk("data", Uint8Array.of(...defaultChunkValue(SctpChunkType.data), ...bytes));
const has = ({ chunks }: DecodedSctp, name: SctpChunkName) =>
  chunks.find(({ type }) => type === SctpChunkType[name]);
const messageIn = (packet: DecodedSctp) => has(packet, "data")?.value.subarray(12);

/** All of SCTP that comes to one of this host's addresses. */
class RawSctp {
  readonly #fd: number;
  readonly #family: number;
  readonly #buffer = new Uint8Array(2048);

  constructor(address: string) {
    const own = IpAddress.of(address);
    this.#family = own.family;
    this.#fd = socket(own.family === 6 ? AF_INET6 : AF_INET, SOCK_RAW | SOCK_NONBLOCK, IpProtocol.SCTP);
    bind(this.#fd, inetAddress(own.bytes, 0));
  }

  send(to: IpAddress, sourcePort: number, destinationPort: number, ...chunks: SctpChunk[]): void {
    const bytes = encodeSctp({ sourcePort, destinationPort, verificationTag: 1, chunks });
    sendTo(this.#fd, bytes, inetAddress(to.bytes, 0));
  }

  /** What has come next; its checksum is right. */
  receive(): Arrived | undefined {
    const sender = new Uint8Array(128);
    const got = receiveFrom(this.#fd, this.#buffer, sender);
    if (!got) return undefined;
    const bytes = this.#buffer.slice(0, got.length);
    const packet = decodeSctp(this.#family === 4 ? bytes.subarray(ipv4Header(bytes)) : bytes);
    if (!packet?.checksumOk) return this.receive();
    return {
      from: IpAddress.fromBytes(this.#family === 4 ? sender.slice(4, 8) : sender.slice(8, 24)),
      packet,
    };
  }

  close(): void {
    close(this.#fd);
  }
}

/** Answers whoever associates with a port of an address; `answer` gives the answer to a message. Never ends by itself. */
export async function serveSctp(
  address: string,
  port: number,
  answer: (message: Uint8Array) => Uint8Array,
): Promise<void> {
  const raw = new RawSctp(address);
  for (;;) {
    const arrived = raw.receive();
    if (!arrived) {
      await pause(2);
      continue;
    }
    const { from, packet } = arrived;
    if (packet.destinationPort !== port) continue;
    const reply = (...chunks: SctpChunk[]) => raw.send(from, port, packet.sourcePort, ...chunks);
    if (has(packet, "init")) reply(chunk("initAck"));
    if (has(packet, "cookieEcho")) {
      reply(chunk("cookieAck"), chunk("sack"), message(answer(messageIn(packet) ?? new Uint8Array())));
    }
    if (has(packet, "shutdown")) reply(chunk("shutdownAck"));
  }
}

/** Associates with a virtual service, says one thing, and gives the answer. @throws Error after `patience` milliseconds of silence */
export async function askSctp(
  own: string,
  ownPort: number,
  virtual: string,
  port: number,
  bytes: Uint8Array,
  patience: number,
): Promise<Uint8Array> {
  const raw = new RawSctp(own);
  const to = IpAddress.of(virtual);
  try {
    const next = async (name: SctpChunkName): Promise<DecodedSctp> => {
      for (const end = Date.now() + patience; Date.now() < end; ) {
        const arrived = raw.receive();
        if (!arrived) {
          await pause(2);
          continue;
        }
        const { from, packet } = arrived;
        const isOurs = from.equals(to) && packet.sourcePort === port && packet.destinationPort === ownPort;
        if (isOurs && has(packet, name)) return packet;
      }
      throw new Error(`no ${name} from ${virtual}`);
    };
    const say = (...chunks: SctpChunk[]) => raw.send(to, ownPort, port, ...chunks);
    say(chunk("init"));
    await next("initAck");
    say(chunk("cookieEcho"), message(bytes));
    const answer = messageIn(await next("cookieAck"));
    say(chunk("shutdown"));
    await next("shutdownAck");
    say(chunk("shutdownComplete"));
    return answer ?? new Uint8Array();
  } finally {
    raw.close();
  }
}
