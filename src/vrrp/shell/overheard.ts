import type { Log } from "../../errors.js";
import {
  AF_PACKET,
  bind,
  close,
  openRawReceiver,
  packetAddress,
  type ReadySet,
  receive,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SystemError,
  setOption,
  socket,
} from "../../sys/index.js";
import { decodeArp, decodeEthernet, EtherType, Icmpv6Type, IpAddress, IpProtocol } from "../../wire/index.js";
import type { Place } from "./place.js";

const SOL_PACKET = 263;
const PACKET_IGNORE_OUTGOING = 23;
const ICMP6_FILTER = 1;
const packetsPerTurn = 64;
const targetAt = 8;

/** A device, and a family. */
export interface OverheardPlace {
  readonly name: string;
  readonly index: number;
  readonly family: 4 | 6;
}

/**
 * Hears which addresses other hosts say are theirs, on some devices: ARP of any kind from them, and neighbour
 * advertisements. It is open only while somebody waits for that, since a busy network has many.
 */
export class Overheard {
  readonly #place: Place;
  readonly #ready: ReadySet;
  readonly #log: Log;
  readonly #heard: (address: IpAddress) => void;
  readonly #open = new Map<string, number>();
  readonly #buffer = Buffer.alloc(2048);

  constructor(options: { place: Place; ready: ReadySet; log: Log; heard: (address: IpAddress) => void }) {
    this.#place = options.place;
    this.#ready = options.ready;
    this.#log = options.log;
    this.#heard = options.heard;
  }

  /** Hears on these devices, for these families, and on no others. */
  listen(places: readonly OverheardPlace[]): void {
    const wanted = new Map(places.map((one) => [`${one.index} ${one.family}`, one]));
    for (const [key, fd] of this.#open)
      if (!wanted.has(key)) {
        this.#open.delete(key);
        this.#ready.remove(fd);
        close(fd);
      }
    for (const [key, one] of wanted) {
      if (this.#open.has(key)) continue;
      try {
        const fd = this.#place.do(() => (one.family === 4 ? openArp(one.index) : openAdvertisements(one)));
        this.#open.set(key, fd);
        this.#ready.add(fd, () => this.#drain(key, fd, one.family));
      } catch (error) {
        if (!(error instanceof SystemError)) throw error;
        this.#log.debug(`can't listen to announcements on ${one.name}: ${error.message}`);
      }
    }
  }

  close(): void {
    this.listen([]);
  }

  #drain(key: string, fd: number, family: 4 | 6): void {
    for (let count = 0; count < packetsPerTurn && this.#open.get(key) === fd; count++) {
      let length: number | undefined;
      try {
        length = receive(fd, this.#buffer);
      } catch (error) {
        if (SystemError.is(error, "ENETDOWN") || SystemError.is(error, "EINTR")) continue;
        throw error;
      }
      if (length === undefined) return;
      const bytes = this.#buffer.subarray(0, length);
      const address = family === 4 ? arpSender(bytes) : advertised(bytes);
      if (address) this.#heard(address);
    }
  }
}

function openArp(device: number): number {
  const fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0);
  try {
    setOption(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1); // Ours are no news.
    bind(fd, packetAddress(EtherType.ARP, device));
    return fd;
  } catch (error) {
    close(fd);
    throw error;
  }
}

function openAdvertisements(device: { name: string; index: number }): number {
  const fd = openRawReceiver({ family: 6, protocol: IpProtocol.ICMPV6, device });
  try {
    // struct icmp6_filter: a bit for each type; those that are set are not heard.
    const filter = new Uint32Array(8).fill(0xffffffff);
    const type = Icmpv6Type.neighbourAdvertisement;
    filter[type >> 5] = (filter[type >> 5]! & ~(1 << (type & 31))) >>> 0;
    setOption(fd, IpProtocol.ICMPV6, ICMP6_FILTER, new Uint8Array(filter.buffer));
    return fd;
  } catch (error) {
    close(fd);
    throw error;
  }
}

function arpSender(frame: Uint8Array): IpAddress | undefined {
  const ethernet = decodeEthernet(frame);
  return ethernet?.type === EtherType.ARP ? decodeArp(ethernet.payload)?.senderIp : undefined;
}

function advertised(message: Uint8Array): IpAddress | undefined {
  if (message[0] !== Icmpv6Type.neighbourAdvertisement || message.length < targetAt + 16) return undefined;
  return IpAddress.fromBytes(message.subarray(targetAt, targetAt + 16));
}
