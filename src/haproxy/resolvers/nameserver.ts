import { createSocket, type Socket as DatagramSocket } from "node:dgram";
import { connect, isIP, type Socket } from "node:net";
import type { Resolvers } from "../../config/haproxy/model/index.js";
import { Counters, type SharedMemory } from "../../proxy/index.js";

export const nameserverCounters = [
  "sent",
  "send_error",
  "valid",
  "update",
  "cname",
  "cname_error",
  "any_err",
  "nx",
  "timeout",
  "refused",
  "other",
  "invalid",
  "too_big",
  "truncated",
  "outdated",
] as const;

export type NameserverCounter = (typeof nameserverCounters)[number];

type Address = Resolvers["nameservers"][number]["address"];

/**
 * A name server, asked by UDP over one socket, or (`tcp@`) by TCP over one connection, which is made anew when it broke. While nothing is
 * asked the sockets keep no process alive.
 */
export class Nameserver {
  readonly name: string;
  readonly path: string;
  readonly counters: Counters<NameserverCounter>;
  readonly #address: Address;
  readonly #onMessage: (bytes: Buffer) => void;
  #datagrams: DatagramSocket | undefined;
  #stream: Socket | undefined;

  constructor(
    section: string,
    settings: Resolvers["nameservers"][number],
    memory: SharedMemory,
    onMessage: (from: Nameserver, bytes: Buffer) => void,
  ) {
    this.name = settings.name;
    this.path = `${section}/${settings.name}`;
    this.counters = new Counters(nameserverCounters, [], memory, `resolver ${this.path}`);
    this.#address = settings.address;
    this.#onMessage = (bytes) => onMessage(this, bytes);
  }

  /** Whether it went out, as far as can be seen. */
  send(query: Buffer): boolean {
    const address = this.#address;
    if (address.kind !== "inet") return this.#sent(false);
    if (address.type === "stream") return this.#sent(this.#overStream(query));
    return this.#sent(this.#asDatagram(query));
  }

  close(): void {
    this.#datagrams?.close();
    this.#datagrams = undefined;
    this.#stream?.destroy();
    this.#stream = undefined;
  }

  #sent(well: boolean): boolean {
    this.counters.add(well ? "sent" : "send_error");
    return well;
  }

  #place(): { host: string; port: number } | undefined {
    if (this.#address.kind !== "inet") return undefined;
    return { host: this.#address.host, port: this.#address.ports?.from ?? 53 };
  }

  #asDatagram(query: Buffer): boolean {
    const place = this.#place();
    if (place === undefined) return false;
    if (this.#datagrams === undefined) {
      const made = createSocket(isIP(place.host) === 6 ? "udp6" : "udp4");
      this.#datagrams = made;
      made.unref();
      made.on("message", this.#onMessage);
      const drop = () => {
        if (this.#datagrams !== made) return;
        this.#datagrams = undefined;
        made.close();
      };
      made.on("error", drop); // the next query has a socket of its own
      made.connect(place.port, place.host);
      made.once("connect", () => made.send(query, (error) => error && drop()));
      return true;
    }
    const socket = this.#datagrams;
    try {
      socket.send(query, (error) => error && socket.emit("error", error));
      return true;
    } catch {
      // It isn't connected yet: the query before it goes first.
      socket.once("connect", () => socket.send(query));
      return true;
    }
  }

  /** Two bytes of length before each message (RFC 1035, section 4.2.2). */
  #overStream(query: Buffer): boolean {
    const place = this.#place();
    if (place === undefined) return false;
    if (this.#stream === undefined) {
      const made = connect(place);
      this.#stream = made;
      made.unref();
      made.setNoDelay(true);
      let held: Buffer = Buffer.alloc(0);
      made.on("data", (bytes) => {
        held = Buffer.concat([held, bytes]);
        while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
          const end = 2 + held.readUInt16BE(0);
          this.#onMessage(held.subarray(2, end));
          held = held.subarray(end);
        }
      });
      const gone = () => {
        if (this.#stream === made) this.#stream = undefined;
      };
      made.on("error", gone);
      made.on("close", gone);
    }
    const length = Buffer.alloc(2);
    length.writeUInt16BE(query.length);
    this.#stream.write(Buffer.concat([length, query]));
    return true;
  }
}
