import type { BfdInstance } from "../config/keepalived/model/index.js";
import { type Log, RondoError } from "../errors.js";
import {
  AF_INET,
  AF_INET6,
  bind,
  type ControlMessage,
  close,
  Errno,
  inetAddress,
  MessageRoom,
  type ReadySet,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SystemError,
  sendTo,
  setOption,
  socket,
  withNetworkNamespace,
} from "../sys/index.js";
import { bfdPort, bfdSourcePorts, IpAddress } from "../wire/index.js";
import { type ReceivedBfd, ttlOf } from "./sessions.js";

// include/uapi/linux/in.h, in6.h
const IPPROTO_IP = 0;
const IPPROTO_IPV6 = 41;
const IP_TTL = 2;
const IP_PKTINFO = 8;
const IP_RECVTTL = 12;
const IPV6_UNICAST_HOPS = 16;
const IPV6_V6ONLY = 26;
const IPV6_RECVPKTINFO = 49;
const IPV6_PKTINFO = 50;
const IPV6_RECVHOPLIMIT = 51;
const IPV6_HOPLIMIT = 52;
const packetsPerTurn = 128;

interface Mouth {
  readonly fd: number;
  readonly settings: BfdInstance;
}

/** UDP for BFD (RFC 5881 4): one socket of each family hears port 3784, each session sends from a port of its own. */
export class BfdSockets {
  readonly #namespace: number | undefined;
  readonly #ready: ReadySet;
  readonly #log: Log;
  readonly #heard: (packet: ReceivedBfd) => void;
  readonly #ears = new Map<4 | 6, number>();
  readonly #mouths = new Map<string, Mouth>();
  /** The last failure to send of each session, so that it is told once. */
  readonly #failures = new Map<string, string>();
  readonly #room = new MessageRoom(512);

  constructor(options: {
    namespace?: number | undefined;
    ready: ReadySet;
    log: Log;
    heard: (packet: ReceivedBfd) => void;
  }) {
    this.#namespace = options.namespace;
    this.#ready = options.ready;
    this.#log = options.log;
    this.#heard = options.heard;
  }

  /**
   * Opens what these sessions need and closes what none needs any more.
   * @throws RondoError if another program has the port
   */
  use(instances: readonly BfdInstance[]): void {
    const families = new Set(instances.map(({ neighbour }) => neighbour.family));
    for (const [family, fd] of this.#ears)
      if (!families.has(family)) {
        this.#ready.remove(fd);
        close(fd);
        this.#ears.delete(family);
      }
    for (const family of families) if (!this.#ears.has(family)) this.#open(family);
    for (const [name, { fd, settings }] of this.#mouths) {
      const after = instances.find((instance) => instance.name === name);
      if (
        after &&
        after.source?.toString() === settings.source?.toString() &&
        ttlOf(after) === ttlOf(settings)
      )
        continue;
      close(fd);
      this.#mouths.delete(name);
    }
  }

  /** A failure is told once; the next packet tries again, with a new socket if there is none. */
  send(settings: BfdInstance, payload: Uint8Array): void {
    try {
      sendTo(this.#mouth(settings), payload, inetAddress(settings.neighbour.bytes, bfdPort));
      this.#failures.delete(settings.name);
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      if (this.#failures.get(settings.name) === error.message) return;
      this.#failures.set(settings.name, error.message);
      this.#log.error(`(${settings.name}) Error sending packet: ${error.message}`);
    }
  }

  /** Reads what lies in the queues, before somebody concludes from time that nothing came. */
  hear(): void {
    for (const [family, fd] of [...this.#ears]) this.#read(fd, family);
  }

  close(): void {
    for (const { fd } of this.#mouths.values()) close(fd);
    this.#mouths.clear();
    this.use([]);
  }

  #open(family: 4 | 6): void {
    const fd = this.#do(() => openEar(family));
    this.#ears.set(family, fd);
    this.#ready.add(fd, () => this.#read(fd, family));
  }

  #read(fd: number, family: 4 | 6): void {
    for (let count = 0; count < packetsPerTurn; count++) {
      // A packet that was heard may have closed the socket.
      if (this.#ears.get(family) !== fd) return;
      const message = this.#room.receive(fd);
      if (!message) return;
      const source = IpAddress.within(message.sender, family === 4 ? 4 : 8, family);
      const { ttl, destination } = detailsOf(message.control, family);
      this.#heard({
        source,
        payload: message.bytes,
        ...(ttl !== undefined && { ttl }),
        ...(destination && { destination }),
      });
    }
  }

  #mouth(settings: BfdInstance): number {
    const open = this.#mouths.get(settings.name);
    if (open) return open.fd;
    const fd = this.#do(() => openMouth(settings));
    this.#mouths.set(settings.name, { fd, settings });
    return fd;
  }

  #do<T>(work: () => T): T {
    return this.#namespace === undefined ? work() : withNetworkNamespace(this.#namespace, work);
  }
}

function openEar(family: 4 | 6): number {
  const fd = socket(family === 4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK);
  try {
    if (family === 4) {
      setOption(fd, IPPROTO_IP, IP_RECVTTL, 1);
      setOption(fd, IPPROTO_IP, IP_PKTINFO, 1);
    } else {
      setOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
      setOption(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
      setOption(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
    }
    bind(fd, inetAddress(new Uint8Array(family === 4 ? 4 : 16), bfdPort));
    return fd;
  } catch (error) {
    close(fd);
    if (error instanceof SystemError && error.errno === Errno["EADDRINUSE"])
      throw new RondoError("bfd-port", `UDP port ${bfdPort} belongs to another program`, {
        remedy: `See with "ss -ulpn sport = ${bfdPort}" which one; one BFD daemon can run on a host.`,
        cause: error,
      });
    throw error;
  }
}

/** From a port of the range that RFC 5881 names: the first free one after a chosen one. */
function openMouth(settings: BfdInstance): number {
  const { neighbour, source } = settings;
  const four = neighbour.family === 4;
  const fd = socket(four ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK);
  try {
    const { first, last } = bfdSourcePorts;
    const count = last - first + 1;
    const start = Math.floor(Math.random() * count);
    const own = source?.bytes ?? new Uint8Array(four ? 4 : 16);
    for (let tries = 0; ; tries++) {
      try {
        bind(fd, inetAddress(own, first + ((start + tries) % count)));
        break;
      } catch (error) {
        const busy = error instanceof SystemError && error.errno === Errno["EADDRINUSE"];
        if (!busy || tries === count - 1) throw error;
      }
    }
    if (four) setOption(fd, IPPROTO_IP, IP_TTL, ttlOf(settings));
    else setOption(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, ttlOf(settings));
    return fd;
  } catch (error) {
    close(fd);
    throw error;
  }
}

/** TTL and destination. struct in_pktinfo: index, local address, destination, 4 bytes each; in6_pktinfo: destination (16), index. */
function detailsOf(
  control: readonly ControlMessage[],
  family: 4 | 6,
): { ttl: number | undefined; destination: IpAddress | undefined } {
  const level = family === 4 ? IPPROTO_IP : IPPROTO_IPV6;
  const find = (type: number) =>
    control.find((message) => message.level === level && message.type === type)?.data;
  const ttl = find(family === 4 ? IP_TTL : IPV6_HOPLIMIT);
  const info = find(family === 4 ? IP_PKTINFO : IPV6_PKTINFO);
  return {
    ttl: ttl && Buffer.from(ttl).readInt32LE(0),
    destination: info && IpAddress.within(info, family === 4 ? 8 : 0, family),
  };
}
