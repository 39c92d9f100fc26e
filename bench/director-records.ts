import type { BpfMap } from "../src/bpf/index.js";
import {
  eventNames,
  ListWord,
  listHead,
  Method,
  Ready,
  Server,
  Service,
  ServiceKey,
  Settings,
  tickShift,
  ticks,
  Use,
} from "../src/dataplane/xdp/layout.js";
import { lists, servers, serviceIndex, services, settings } from "../src/dataplane/xdp/maps.js";
import { rr } from "../src/dataplane/xdp/schedulers/rr.js";
import { timeoutTable, transitionTable } from "../src/dataplane/xdp/transitions.js";
import { RondoError } from "../src/errors.js";
import { directorMac, serverMacs, virtual } from "./traffic.js";

/** The first server's index, and where the service's list of them stands: 0 means none in either. */
const firstServer = 1;
const listAt = 16;
/** The coarse clock may be so many nanoseconds late. */
const late = 20_000_000n;

/** What a director's packet program reads beside the connection table, as the control plane would have written it. */
export class DirectorRecords {
  readonly #memory: (name: string) => Buffer;
  readonly #settings;
  readonly #servers;

  constructor(maps: Readonly<Record<string, BpfMap>>) {
    const mapped = new Map(
      [settings, services, servers, lists].map(({ name }) => [name, maps[name]!.memory({ write: true })]),
    );
    this.#memory = (name) => mapped.get(name)!.bytes;
    this.#settings = Settings.over(this.#memory(settings.name));
    this.#settings.timeouts = timeoutTable().map(ticks);
    this.#settings.transitions = [...transitionTable()];

    const service = Service.over(this.#memory(services.name));
    service.use = Use.live;
    service.scheduler = rr.id;
    service.port = virtual.port;
    service.list = listAt;
    service.port = virtual.port;
    service.protocol = 6;
    service.family = 4;
    this.#servers = serverMacs.map((destination, i) => {
      const server = Server.over(this.#memory(servers.name), (firstServer + i) * Server.size);
      server.use = Use.live;
      server.ready = Ready.yes;
      server.device = 1;
      server.configured = Method.droute;
      server.method = Method.droute;
      server.port = virtual.port;
      server.family = 4;
      server.weight = 1;
      server.limit = 1500;
      server.configured = Method.droute;
      server.method = Method.droute;
      server.port = virtual.port;
      server.nextHop = { destination, source: directorMac };
      return server;
    });
    this.#writeList();
    const address = Buffer.alloc(16);
    address.writeUInt32BE(virtual.address);
    const key = ServiceKey.encode({ address, port: virtual.port, protocol: 6, family: 4 });
    maps[serviceIndex.name]!.update(key, Buffer.alloc(4));
  }

  #writeList(): void {
    const put = (index: number, value: number) => {
      ListWord.over(this.#memory(lists.name), (listAt + index) * ListWord.size).value = value;
    };
    put(listHead.count, this.#servers.length);
    put(listHead.size, listHead.length + this.#servers.length);
    put(listHead.version, 1);
    put(listHead.scheduler, rr.id);
    for (const i of this.#servers.keys()) put(listHead.length + i, firstServer + i);
  }

  /** Next hops as if they had just been asked for: a program that finds them a second old asks the kernel again. */
  refresh(): void {
    const now = Number(((process.hrtime.bigint() - late) >> BigInt(tickShift)) & 0xffff_ffffn);
    for (const server of this.#servers) server.checked = now;
    this.#checked = now;
  }
  #checked = 0;

  /** Throws if the program met anything but packets to forward. */
  check(): void {
    const events = eventNames.filter((_, i) => this.#settings.events[i] !== 0n);
    if (events.length > 0) throw new RondoError("bench-events", `the director counted ${events.join(", ")}`);
    if (this.#servers.some(({ checked, ready }) => checked !== this.#checked || ready !== Ready.yes))
      throw new RondoError("bench-slow", "a run took so long that next hops were looked up again");
  }

  activeConnections(): number {
    return this.#servers.reduce((sum, { active }) => sum + active, 0);
  }

  /** All connections are gone. */
  forget(): void {
    for (const server of this.#servers) {
      server.active = 0;
      server.inactive = 0;
    }
  }
}
