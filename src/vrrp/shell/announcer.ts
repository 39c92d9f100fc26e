import type { Log } from "../../errors.js";
import {
  AF_PACKET,
  close,
  packetAddress,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SystemError,
  sendTo,
  socket,
} from "../../sys/index.js";
import type { IpAddress, MacAddress } from "../../wire/index.js";
import { gratuitousArp, unsolicitedAdvertisement } from "../../wire/index.js";
import type { Place } from "./place.js";

/** An address to be announced, and from where. */
export interface Announcement {
  readonly instance: string;
  readonly address: IpAddress;
  /** The device that has the address. */
  readonly device: number;
  /** Its name, for the log. */
  readonly deviceName: string;
  readonly mac: MacAddress;
  /** What the pace counts for: the interface under a vmac. */
  readonly pacedBy: string;
  /** IPv6: whether we forward. */
  readonly router: boolean;
}

/** Least milliseconds between announcements on an interface. */
export interface Pace {
  readonly arp: number;
  readonly advertisement: number;
}

interface Lane {
  readonly waiting: Announcement[];
  timer: NodeJS.Timeout | undefined;
  next: number;
}

/**
 * Sends gratuitous ARPs and unsolicited neighbour advertisements through one packet socket. With `garp_interval` or
 * `gna_interval` those of an interface wait in a queue and leave at that pace; without, they leave at once, back to back.
 */
export class Announcer {
  readonly #place: Place;
  readonly #log: Log;
  readonly #lanes = new Map<string, Lane>();
  #fd: number | undefined;

  constructor(options: { place: Place; log: Log }) {
    this.#place = options.place;
    this.#log = options.log;
  }

  announce(announcements: readonly Announcement[], pace: Pace): void {
    for (const one of announcements) {
      const { family } = one.address;
      const interval = family === 4 ? pace.arp : pace.advertisement;
      if (interval <= 0) this.#send(one);
      else this.#queue(one, `${one.pacedBy} ${family}`, interval);
    }
  }

  /** What of an instance still waits is not sent any more. */
  cancel(instance: string): void {
    for (const lane of this.#lanes.values()) {
      const kept = lane.waiting.filter((one) => one.instance !== instance);
      lane.waiting.splice(0, lane.waiting.length, ...kept);
    }
  }

  close(): void {
    for (const { timer } of this.#lanes.values()) clearTimeout(timer);
    this.#lanes.clear();
    if (this.#fd !== undefined) close(this.#fd);
    this.#fd = undefined;
  }

  #queue(one: Announcement, key: string, interval: number): void {
    const lane = this.#lanes.get(key) ?? { waiting: [], timer: undefined, next: 0 };
    this.#lanes.set(key, lane);
    lane.waiting.push(one);
    if (lane.timer === undefined) this.#go(lane, interval);
  }

  #go(lane: Lane, interval: number): void {
    lane.timer = undefined;
    const now = performance.now();
    if (now >= lane.next) {
      const one = lane.waiting.shift();
      if (!one) return;
      this.#send(one);
      lane.next = now + interval;
    }
    if (lane.waiting.length > 0)
      lane.timer = setTimeout(() => this.#go(lane, interval), Math.max(1, lane.next - now));
  }

  #send({ instance, address, device, deviceName, mac, router }: Announcement): void {
    const frame =
      address.family === 4 ? gratuitousArp(address, mac) : unsolicitedAdvertisement(address, mac, router);
    try {
      this.#fd ??= this.#place.do(() => socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0)); // 0: it receives nothing.
      sendTo(this.#fd, frame, packetAddress(address.family === 4 ? 0x0806 : 0x86dd, device));
    } catch (error) {
      if (!(error instanceof SystemError)) throw error;
      this.#log.info(`(${instance}) can't announce ${address} on ${deviceName}: ${error.message}`);
    }
  }
}
