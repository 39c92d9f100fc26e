import { type VrrpAction, type VrrpConfig, VrrpRouter, type VrrpState } from "../../src/vrrp/index.js";
import { IpAddress } from "../../src/wire/index.js";

type Advertise = Extract<VrrpAction, { kind: "advertise" }>;

/** A host of a simulated network: a router with a clock of its own. */
export class Host {
  router: VrrpRouter | undefined;
  /** Instances whose addresses it has. */
  readonly holds = new Set<string>();
  readonly address: IpAddress;
  /** It hears nobody and nobody hears it. */
  cutOff = false;
  linkUp = true;
  /** When its router wants to be called, in the network's time. */
  due = Number.POSITIVE_INFINITY;

  constructor(
    readonly index: number,
    public config: VrrpConfig,
    /** Its clock: how fast it goes, and what it shows at time 0. */
    readonly rate: number,
    readonly offset: number,
  ) {
    this.address = IpAddress.of(`192.168.4.${11 + index}`);
  }

  clock(now: number): number {
    return now * this.rate + this.offset;
  }

  /** When its clock shows that. */
  time(clock: number): number {
    return (clock - this.offset) / this.rate;
  }

  state(instance: string): VrrpState | undefined {
    return this.router?.machines.get(instance)?.state;
  }

  get facts() {
    return { interfaces: new Map([["eth0", { up: this.linkUp, address4: this.address }]]) };
  }
}

interface Flight {
  readonly at: number;
  readonly to: Host;
  readonly advertisement: Advertise;
  readonly destination: IpAddress;
}

/** Hosts on one wire, moved from event to event: no time passes but the one that the events name. */
export class Network {
  now = 0;
  loss = 0;
  /** Longest delay of a packet; each has its own between 0 and this. */
  delay = 0.1;
  readonly actions: { readonly at: number; readonly host: Host; readonly action: VrrpAction }[] = [];
  #flights: Flight[] = [];

  constructor(
    readonly hosts: readonly Host[],
    readonly random: () => number = () => 0.5,
    /** Keep all actions to look at; a long run needn't. */
    readonly record = true,
  ) {}

  start(host: Host): void {
    host.router = new VrrpRouter(host.config, host.facts);
    this.do(host, host.router.start(host.clock(this.now)));
  }

  /** Power failure: nothing is said any more, and its addresses are gone. */
  kill(host: Host): void {
    host.router = undefined;
    host.due = Number.POSITIVE_INFINITY;
    host.holds.clear();
  }

  /** Its process dies and another goes on with its snapshot. */
  replace(host: Host): void {
    const clock = host.clock(this.now);
    const snapshot = JSON.parse(JSON.stringify(host.router!.snapshot(clock)));
    host.router = new VrrpRouter(host.config, host.facts);
    this.do(host, host.router.resume(snapshot, clock));
  }

  /** Tells a router something, in its own time. */
  tell(host: Host, what: (router: VrrpRouter, clock: number) => readonly VrrpAction[]): void {
    if (host.router) this.do(host, what(host.router, host.clock(this.now)));
  }

  /** Goes on until a time, or until `done`. */
  run(until: number, each?: () => void): void {
    for (;;) {
      let next = until;
      let host: Host | undefined;
      let flight: Flight | undefined;
      for (const one of this.hosts) {
        if (one.due < next) {
          next = one.due;
          host = one;
        }
      }
      for (const one of this.#flights)
        if (one.at < next) {
          next = one.at;
          flight = one;
        }
      this.now = Math.max(this.now, next);
      if (flight) {
        this.#flights.splice(this.#flights.indexOf(flight), 1);
        this.#arrive(flight);
      } else if (host) {
        const deadline = host.router!.deadline!;
        this.do(host, host.router!.tick(Math.max(deadline, host.clock(this.now))));
      } else return;
      each?.();
    }
  }

  do(host: Host, actions: readonly VrrpAction[]): void {
    for (const action of actions) {
      if (this.record) this.actions.push({ at: this.now, host, action });
      if (action.kind === "install") host.holds.add(action.instance);
      else if (action.kind === "remove") host.holds.delete(action.instance);
      else if (action.kind === "advertise") this.#send(host, action);
    }
    const deadline = host.router?.deadline;
    host.due = deadline === undefined ? Number.POSITIVE_INFINITY : host.time(deadline);
  }

  #send(host: Host, advertisement: Advertise): void {
    if (host.cutOff || !host.linkUp) return;
    for (const destination of advertisement.destinations)
      for (const to of this.hosts) {
        if (to === host || !to.router) continue;
        if (destination.byte(0) !== 224 && !destination.equals(to.address)) continue;
        if (this.random() < this.loss) continue;
        const at = this.now + this.delay * this.random();
        this.#flights.push({ at, to, advertisement, destination });
      }
  }

  #arrive({ to, advertisement: { advertisement, instance, source, checksum }, destination }: Flight): void {
    if (!to.router || to.cutOff || !to.linkUp) return;
    const heard = { advertisement, source, destination, checksum, ttl: 255 };
    this.do(to, to.router.heard(instance, heard, to.clock(this.now)));
  }
}
