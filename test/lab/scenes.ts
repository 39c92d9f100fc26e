import { test } from "node:test";
import type { Hook } from "../../src/asm/index.js";
import type { ServiceId } from "../../src/ipvs/model.js";
import { hooks } from "./director-place.js";
import {
  type Family,
  families,
  fromClient,
  fromServer,
  type Segment,
  type Sent,
  type ServiceOptions,
  vips,
  type WidePlace,
  widePlace,
} from "./wide-place.js";

/** A director on which nothing is configured, one hook and one family. */
export class Scene {
  constructor(
    readonly place: WidePlace,
    readonly hook: Hook,
    readonly family: Family,
  ) {}

  get vip(): string {
    return vips[this.family];
  }

  service(options: ServiceOptions = {}): ServiceId {
    return this.place.service({ family: this.family, ...options });
  }

  /** A client's packet; a SYN, an INIT or a datagram if nothing else is said. */
  send(segment: Segment = {}): Sent {
    return this.place.send(this.hook, fromClient({ family: this.family, ...segment }));
  }

  /** A server's answer to the client of a segment. */
  answer(server: number, segment: Segment, port: number): Sent {
    return this.place.send(this.hook, fromServer(server, { family: this.family, ...segment }, port), "back");
  }

  /** Where the packet went: "1:8080", or what became of it. */
  to(segment: Segment = {}): string {
    return told(this.send(segment));
  }

  /** See {@link WidePlace.listing}. */
  get table(): string[] {
    return this.place.listing();
  }

  /** Lets the time of entries be over that a word of the listing tells. */
  expire(part: string): void {
    this.rest(part, -0.1);
  }

  /** Gives entries so many more seconds. */
  rest(part: string, seconds: number): void {
    const { place } = this;
    for (const { slot } of place.all()) if (place.textOf(slot)?.includes(part)) place.expireIn(slot, seconds);
  }
}

/** "1:8080": sent to server 1, port 8080; "refused": answered by ICMP; else the verdict. */
export function told({ verdict, server, port, packet }: Sent): string {
  if (verdict !== "redirect") return verdict;
  return server === undefined ? (packet.icmp ? "refused" : "elsewhere") : `${server}:${port}`;
}

/** Scenes by what they are about. */
export type Acts = Readonly<Record<string, Readonly<Record<string, (scene: Scene) => void>>>>;

/** Plays scenes at both hooks, for both families. */
export function play(acts: Acts): void {
  for (const hook of hooks)
    test(`${hook}: scenes`, async (t) => {
      const place = widePlace(t);
      if (!place) return;
      for (const [about, scenes] of Object.entries(acts))
        for (const [name, scene] of Object.entries(scenes))
          for (const family of families)
            await t.test(`${about}: ${name}, IPv${family}`, () => {
              place.reset();
              scene(new Scene(place, hook, family));
            });
    });
}
