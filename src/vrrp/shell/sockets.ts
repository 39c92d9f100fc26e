import type { Log } from "../../errors.js";
import {
  close,
  type Device,
  inetAddress,
  ipv6Details,
  ipv6Source,
  MessageRoom,
  openRawReceiver,
  openRawSender,
  type ReadySet,
  receive,
  SystemError,
  sendTo,
} from "../../sys/index.js";
import { decodeIpv4, encodeIpv4, IpAddress, IpProtocol } from "../../wire/index.js";
import { isMulticast } from "../check.js";
import type { ReceivedPacket } from "../reception.js";
import type { Place } from "./place.js";

const MSG_DONTROUTE = 4;
const largestPacket = 65_536;
/** Packets that are read before others have their turn; what is left is announced again at once. */
const packetsPerTurn = 128;

/** Where advertisements are to be heard. */
export interface Ear {
  /** The interface that the file names; "" for none. */
  readonly interface: string;
  /** The device itself: that interface, or the vmac on it. */
  readonly device?: Device;
  readonly family: 4 | 6;
  /** The multicast group, or of unicast the own address. */
  readonly to: IpAddress;
  /** Bytes of its queue; undefined: the kernel's default. */
  readonly buffer?: number;
}

/** A packet to be sent. */
export interface Outgoing {
  readonly device?: Device;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly ttl: number;
  /** IPv4. */
  readonly identification: number;
  readonly payload: Uint8Array;
}

interface OpenEar {
  readonly ear: Ear;
  readonly fd: number;
}

/** Raw sockets of protocol 112: one for each (device, family, group or own address) that hears, one for each (device, family) that sends. */
export class VrrpSockets {
  readonly #place: Place;
  readonly #ready: ReadySet;
  readonly #log: Log;
  readonly #heard: (packet: ReceivedPacket) => void;
  readonly #ears = new Map<string, OpenEar>();
  readonly #mouths = new Map<string, number>();
  readonly #buffer = Buffer.alloc(largestPacket);
  readonly #room = new MessageRoom(largestPacket);
  /** Those that couldn't be opened, so that each is told once. */
  readonly #deaf = new Set<string>();

  constructor(options: { place: Place; ready: ReadySet; log: Log; heard: (packet: ReceivedPacket) => void }) {
    this.#place = options.place;
    this.#ready = options.ready;
    this.#log = options.log;
    this.#heard = options.heard;
  }

  /** Opens what is wanted and isn't open, closes what isn't wanted any more; what stays loses no packet. */
  listen(ears: readonly Ear[]): void {
    const wanted = new Map(ears.map((ear) => [keyOf(ear), ear]));
    for (const [key, open] of this.#ears) if (!wanted.has(key)) this.#closeEar(key, open.fd);
    for (const key of this.#deaf) if (!wanted.has(key)) this.#deaf.delete(key);
    for (const [key, ear] of wanted) if (!this.#ears.has(key)) this.#openEar(key, ear);
    const devices = new Set(ears.map(({ device }) => device?.index ?? 0));
    for (const [key, fd] of this.#mouths)
      if (!devices.has(Number(key.split(" ")[0]))) {
        close(fd);
        this.#mouths.delete(key);
      }
  }

  /** How many sockets hear. */
  get size(): number {
    return this.#ears.size;
  }

  /** @throws SystemError */
  send({ device, source, destination, ttl, identification, payload }: Outgoing): void {
    const { family } = destination;
    const multicast = isMulticast(destination);
    const fd = this.#mouth(family, device);
    const flags = multicast ? MSG_DONTROUTE : 0;
    if (family === 4) {
      const packet = encodeIpv4({
        dscp: 48, // TOS 0xc0
        ecn: 0,
        identification,
        dontFragment: false,
        moreFragments: false,
        fragmentOffset: 0,
        ttl,
        protocol: IpProtocol.VRRP,
        source,
        destination,
        options: new Uint8Array(0),
        payload,
      });
      sendTo(fd, packet, inetAddress(destination.bytes, 0), flags);
      return;
    }
    const index = device?.index ?? 0;
    this.#room.send(
      fd,
      payload,
      inetAddress(destination.bytes, 0, index),
      ipv6Source(source.bytes, index, ttl),
      flags,
    );
  }

  close(): void {
    this.listen([]);
    for (const fd of this.#mouths.values()) close(fd);
    this.#mouths.clear();
  }

  #mouth(family: 4 | 6, device: Device | undefined): number {
    const key = `${device?.index ?? 0} ${family}`;
    const open = this.#mouths.get(key);
    if (open !== undefined) return open;
    const fd = this.#place.do(() => openRawSender(family, IpProtocol.VRRP, device));
    this.#mouths.set(key, fd);
    return fd;
  }

  #openEar(key: string, ear: Ear): void {
    const { device, family, to, buffer } = ear;
    try {
      const fd = this.#place.do(() =>
        openRawReceiver({
          family,
          protocol: IpProtocol.VRRP,
          ...(device && { device }),
          ...(isMulticast(to) ? { group: to.bytes } : { address: to.bytes }),
          ...(buffer !== undefined && { buffer }),
        }),
      );
      this.#ears.set(key, { ear, fd });
      this.#deaf.delete(key);
      this.#ready.add(fd, () => this.#drain(key, ear, fd));
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      if (this.#deaf.has(key)) return;
      this.#deaf.add(key);
      const where = ear.interface === "" ? "" : ` on ${ear.interface}`;
      this.#log.warn(`can't listen to advertisements for ${to}${where}: ${error.message}`);
    }
  }

  /** Reads what lies in the queues, before somebody concludes from time that nothing came. */
  hear(): void {
    for (const [key, { ear, fd }] of [...this.#ears]) this.#drain(key, ear, fd);
  }

  #closeEar(key: string, fd: number): void {
    this.#ears.delete(key);
    this.#ready.remove(fd);
    close(fd);
  }

  #drain(key: string, ear: Ear, fd: number): void {
    for (let count = 0; count < packetsPerTurn && this.#ears.get(key)?.fd === fd; count++) {
      let packet: ReceivedPacket | undefined | "none";
      try {
        packet = ear.family === 4 ? this.#next4(ear, fd) : this.#next6(ear, fd);
      } catch (error) {
        // The device went down, or away: netlink tells of it.
        if (SystemError.is(error, "EINTR") || SystemError.is(error, "ENETDOWN")) continue;
        if (SystemError.is(error, "ENODEV")) return;
        throw error;
      }
      if (packet === "none") return;
      if (packet) this.#heard(packet);
    }
  }

  #next4(ear: Ear, fd: number): ReceivedPacket | undefined | "none" {
    const length = receive(fd, this.#buffer);
    if (length === undefined) return "none";
    const packet = decodeIpv4(Buffer.from(this.#buffer.subarray(0, length)));
    if (!packet) return undefined;
    const { source, destination, ttl, payload } = packet;
    return { interface: ear.interface, source, destination, ttl, payload };
  }

  #next6(ear: Ear, fd: number): ReceivedPacket | undefined | "none" {
    const message = this.#room.receive(fd);
    if (!message) return "none";
    if (message.truncated || message.sender.length < 24) return undefined;
    const { destination, hopLimit } = ipv6Details(message.control);
    return {
      interface: ear.interface,
      source: IpAddress.fromBytes(message.sender.subarray(8, 24)),
      destination: destination ? IpAddress.fromBytes(destination) : ear.to,
      ...(hopLimit !== undefined && { ttl: hopLimit }),
      payload: message.bytes,
    };
  }
}

/** Another queue length alone is no reason to open it anew. */
export function keyOf({ interface: name, device, family, to }: Ear): string {
  return [name, device?.index ?? 0, family, to].join(" ");
}
