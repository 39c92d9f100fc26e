import { type TcpState, tcpStates } from "../../src/ipvs/model.js";
import {
  choosers,
  DestinationModel,
  type ModelRequest,
  overhead,
  type ScheduledServer,
} from "./scheduler-model.js";

/** A real server as the model has it. */
export interface ModelServer extends ScheduledServer {
  upper: number;
  lower: number;
  connections: number;
  packets: number;
  bytes: number;
  outPackets: number;
  outBytes: number;
  persistent: number;
}

export interface ModelConnection {
  readonly server: ModelServer;
  state: TcpState;
  readonly template?: ModelTemplate;
}

/** What persistence remembers of a client. */
export interface ModelTemplate {
  readonly client: number;
  readonly server: ModelServer;
  /** Of its connections one was established. */
  assured: boolean;
  /** Its server was gone when it was asked for: nobody finds it any more. */
  invalid: boolean;
  connections: number;
}

/** Direct routing of TCP without persistence, unless something else is said. */
export interface ModelOptions {
  readonly protocol?: "tcp" | "udp";
  readonly nat?: boolean;
  readonly persistent?: boolean;
}

export interface Flags {
  readonly fin: boolean;
  readonly syn: boolean;
  readonly rst: boolean;
  readonly ack: boolean;
}

/** These flags and no others. */
export const flag = (fields: Partial<Flags>): Flags => ({
  fin: false,
  syn: false,
  rst: false,
  ack: false,
  ...fields,
});

export type Scheduler = "rr" | "wrr" | "lc" | "wlc" | "none" | "lblc" | "lblcr" | keyof typeof choosers;
export type Outcome = { verdict: "redirect"; server: number } | { verdict: "pass" | "drop" | "answer" };

const active: readonly TcpState[] = ["ESTABLISHED", "SYN_SENT", "SYN_RECV", "SYNACK"];
const short = ["NO", "ES", "SS", "SR", "FW", "TW", "CL", "CW", "LA", "LI", "SA"];
const rows = {
  inputOnly: {
    syn: "SR ES ES SR SR SR SR SR SR SR SR",
    fin: "CL FW SS TW FW TW CL CW LA LI TW",
    ack: "ES ES SS ES FW TW CL CW CL LI ES",
    rst: "CL CL CL SR CL CL CL CL LA LI CL",
  },
  toServer: {
    syn: "SR ES ES SR SR SR SR SR SR SR SR",
    fin: "CL CW SS TW TW TW CL CW LA LI TW",
    ack: "ES ES SS ES FW TW CL CW CL LI ES",
    rst: "CL CL CL SR CL CL CL CL LA LI SR",
  },
  toClient: {
    syn: "SS ES SS SR SS SS SS SS SS LI SR",
    fin: "TW FW SS TW FW TW CL TW LA LI TW",
    ack: "ES ES SS ES FW TW CL CW LA ES ES",
    rst: "CL CL SS CL CL TW CL CL CL CL CL",
  },
} as const;

/** Below this a server that was overloaded takes connections again (l_threshold_val). */
const openBelow = ({ upper, lower }: ModelServer) => lower || upper - (upper >> 2);

/** __ip_vs_update_dest, __ip_vs_dest_update_overload */
function limit(server: ModelServer, upper: number, lower: number): void {
  if (server.upper === upper && server.lower === lower) return;
  Object.assign(server, { upper, lower });
  const total = server.active + server.inactive;
  if (upper > 0 && total >= upper) server.overloaded = true;
  else if (upper === 0 || total < openBelow(server)) server.overloaded = false;
}

/**
 * One virtual service as the kernel's IPVS has it, told from its sources (net/netfilter/ipvs, ip_vs_core.c,
 * ip_vs_conn.c, ip_vs_proto_tcp.c and the schedulers), the loops as they stand there: slow, and without a thought of how the
 * packet program does the same.
 */
export class IpvsModel {
  /** Newest first. */
  list: ModelServer[] = [];
  readonly #known = new Map<number, ModelServer>();
  readonly connections = new Map<number, ModelConnection>();
  scheduler: Scheduler;
  /** The scheduler's flags, as bits. */
  flags = 0;
  /** The last server chosen, or the list's head. */
  #cursor: ModelServer | "head" = "head";
  #currentWeight = 0;
  #maximum = 0;
  #divisor = 1;
  #destinations = new DestinationModel<ModelServer>();
  readonly #options: ModelOptions;
  /** Also those that nobody finds any more. */
  readonly templates: ModelTemplate[] = [];
  /** What the service counted. */
  readonly total = { connections: 0, packets: 0, bytes: 0, outPackets: 0, outBytes: 0 };

  constructor(scheduler: Scheduler, options: ModelOptions = {}) {
    this.#options = options;
    this.scheduler = scheduler;
    this.#start();
  }

  /** Every server that ever was. */
  get servers(): ModelServer[] {
    return [...this.#known.values()];
  }

  setScheduler(scheduler: Scheduler): void {
    if (scheduler === this.scheduler) return;
    this.scheduler = scheduler;
    this.#start();
  }

  /** False if it is there already. */
  add(number: number, weight: number, upper: number, lower: number): boolean {
    const known = this.#known.get(number);
    if (known?.listed) return false;
    const server = known ?? {
      number,
      address: 0xc0a8_0464 + number,
      port: 80,
      weight,
      lastWeight: weight,
      upper: 0,
      lower: 0,
      overloaded: false,
      listed: true,
      active: 0,
      inactive: 0,
      connections: 0,
      packets: 0,
      bytes: 0,
      outPackets: 0,
      outBytes: 0,
      persistent: 0,
    };
    this.#known.set(number, server);
    Object.assign(server, { weight, lastWeight: weight, listed: true });
    limit(server, upper, lower);
    this.list.unshift(server);
    this.#changed();
    return true;
  }

  edit(number: number, weight: number, upper: number, lower: number): boolean {
    const server = this.#known.get(number);
    if (!server?.listed) return false;
    Object.assign(server, { weight, lastWeight: weight || server.lastWeight });
    limit(server, upper, lower);
    this.#changed();
    return true;
  }

  delete(number: number): boolean {
    const server = this.#known.get(number);
    if (!server?.listed) return false;
    const place = this.list.indexOf(server);
    // ip_vs_rr_del_dest: the one before becomes the last one used.
    if (this.#cursor === server && this.scheduler === "rr") this.#cursor = this.list[place - 1] ?? "head";
    this.list.splice(place, 1);
    server.listed = false;
    this.#changed();
    return true;
  }

  zero(): void {
    const nothing = { connections: 0, packets: 0, bytes: 0, outPackets: 0, outBytes: 0 };
    for (const one of [...this.list, this.total]) Object.assign(one, nothing);
  }

  /** A connection's time is over. */
  expire(flow: number): void {
    const connection = this.connections.get(flow);
    if (!connection) return;
    this.connections.delete(flow);
    const { server, state, template } = connection;
    if (template) template.connections--;
    if (active.includes(state)) server.active--;
    else server.inactive--;
    const total = server.active + server.inactive;
    if (total < openBelow(server)) server.overloaded = false;
  }

  packet(flow: number, flags: Flags, bytes: number, request: ModelRequest): Outcome {
    const old = this.connections.get(flow);
    const isTcp = this.#options.protocol !== "udp";
    if (old && isTcp && !old.template && flags.syn && (old.state === "TIME_WAIT" || old.state === "CLOSE"))
      this.expire(flow);
    let connection = this.connections.get(flow);
    if (!connection) {
      if (isTcp && (!flags.syn || flags.rst)) return { verdict: "pass" };
      const template = this.#options.persistent ? this.#template(request) : undefined;
      const server = this.#options.persistent ? template?.server : this.#schedule(request);
      if (!server) return { verdict: "answer" };
      connection = { server, state: "NONE", ...(template && { template }) };
      if (template) template.connections++;
      this.connections.set(flow, connection);
      server.connections++;
      this.total.connections++;
      server.inactive++;
      if (server.upper > 0 && server.active + server.inactive >= server.upper) server.overloaded = true;
    }
    const { server } = connection;
    if (!server.listed) return { verdict: "drop" };
    for (const one of [server, this.total]) {
      one.packets++;
      one.bytes += bytes;
    }
    if (isTcp) this.#follow(connection, flags, this.#options.nat ? "toServer" : "inputOnly");
    return { verdict: "redirect", server: server.number };
  }

  /** What a server answers to the client of a flow: true if it goes there as the VIP's. */
  reply(flow: number, number: number, flags: Flags, bytes: number): boolean {
    const connection = this.connections.get(flow);
    if (!this.#options.nat || connection?.server.number !== number) return false;
    if (connection.server.listed)
      for (const one of [connection.server, this.total]) {
        one.outPackets++;
        one.outBytes += bytes;
      }
    if (this.#options.protocol !== "udp") this.#follow(connection, flags, "toClient");
    else if (connection.template) connection.template.assured = true;
    return true;
  }

  /** A template's time is over: it goes, unless it has connections. */
  expireTemplate(client: number): void {
    const place = this.templates.findIndex((one) => one.client === client && !one.invalid);
    const template = this.templates[place];
    if (!template || template.connections > 0) return;
    this.templates.splice(place, 1);
    template.server.persistent--;
  }

  /** ip_vs_sched_persist */
  #template(request: ModelRequest): ModelTemplate | undefined {
    const known = this.templates.find(({ client, invalid }) => client === request.client && !invalid);
    if (known?.server.listed) return known;
    if (known) known.invalid = true;
    const server = this.#schedule(request);
    if (!server) return undefined;
    const made = { client: request.client, server, assured: false, invalid: false, connections: 0 };
    this.templates.push(made);
    server.persistent++;
    return made;
  }

  #follow(connection: ModelConnection, flags: Flags, direction: keyof typeof rows): void {
    const { server, state } = connection;
    const row = flags.rst ? "rst" : flags.syn ? "syn" : flags.fin ? "fin" : flags.ack ? "ack" : undefined;
    const next = row
      ? tcpStates[short.indexOf(rows[direction][row].split(" ")[tcpStates.indexOf(state)]!)]!
      : "CLOSE";
    connection.state = next;
    if (next !== state && next === "ESTABLISHED" && connection.template) connection.template.assured = true;
    const [was, is] = [active.includes(state), active.includes(next)];
    server.active += Number(is) - Number(was);
    server.inactive += Number(was) - Number(is);
  }

  #start(): void {
    this.#destinations = new DestinationModel();
    this.#cursor = "head";
    this.#measure();
    this.#currentWeight = this.#maximum;
  }

  /** ip_vs_wrr_dest_changed */
  #changed(): void {
    if (this.scheduler !== "wrr") return;
    this.#cursor = "head";
    this.#measure();
    if (this.#currentWeight > this.#maximum || this.#currentWeight === 0) this.#currentWeight = this.#maximum;
    else if (this.#divisor > 1)
      this.#currentWeight = Math.floor(this.#currentWeight / this.#divisor) * this.#divisor + 1;
  }

  #measure(): void {
    const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));
    this.#divisor = this.list.reduce((all, { weight }) => (weight > 0 ? gcd(all, weight) : all), 0) || 1;
    this.#maximum = Math.max(0, ...this.list.map(({ weight }) => weight)) - (this.#divisor - 1);
  }

  #schedule(request: ModelRequest): ModelServer | undefined {
    switch (this.scheduler) {
      case "none":
        return undefined;
      case "rr":
        return this.#roundRobin();
      case "wrr":
        return this.#weightedRoundRobin();
      case "lc":
        return this.#leastConnections();
      case "wlc":
        return this.#weightedLeastConnections();
      case "lblc":
      case "lblcr":
        return this.#destinations[this.scheduler](this.list, request);
      default:
        return choosers[this.scheduler](this.list, request, this.flags);
    }
  }

  /** What stands after a place in the list, up to its end. */
  #after(place: ModelServer | "head"): ModelServer[] {
    return place === "head" ? this.list : this.list.slice(this.list.indexOf(place) + 1);
  }

  /** ip_vs_rr_schedule */
  #roundRobin(): ModelServer | undefined {
    const last = this.#cursor;
    let from = last;
    for (let pass = 0; ; ) {
      for (const server of this.#after(from)) {
        if (!server.overloaded && server.weight > 0) return (this.#cursor = server);
        if (server === last) return undefined;
      }
      from = "head";
      pass++;
      if (!(pass < 2 && last !== "head")) return undefined;
    }
  }

  /** ip_vs_wrr_schedule */
  #weightedRoundRobin(): ModelServer | undefined {
    if (this.#maximum === 0) return undefined;
    const last = this.#cursor;
    let from = last;
    let stop: ModelServer | undefined;
    let lastPass = false;
    let restarted = false;
    for (;;) {
      for (const server of this.#after(from)) {
        if (!server.overloaded && server.weight >= this.#currentWeight) return (this.#cursor = server);
        if (server === stop) {
          this.#cursor = server;
          return undefined;
        }
      }
      from = "head";
      this.#currentWeight -= this.#divisor;
      if (this.#currentWeight <= 0) {
        this.#currentWeight = this.#maximum;
        if (lastPass || last === "head") {
          this.#cursor = "head";
          return undefined;
        }
        restarted = true;
      }
      lastPass = this.#currentWeight <= this.#divisor;
      if (lastPass && restarted && last !== "head") stop = last;
    }
  }

  /** ip_vs_lc_schedule */
  #leastConnections(): ModelServer | undefined {
    let least: ModelServer | undefined;
    for (const server of this.list) {
      if (server.overloaded || server.weight === 0) continue;
      if (!least || overhead(server) < overhead(least)) least = server;
    }
    return least;
  }

  /** ip_vs_wlc_schedule */
  #weightedLeastConnections(): ModelServer | undefined {
    let least = this.list.find(({ overloaded, weight }) => !overloaded && weight > 0);
    if (!least) return undefined;
    for (const server of this.#after(least)) {
      if (server.overloaded) continue;
      if (overhead(least) * server.weight > overhead(server) * least.weight) least = server;
    }
    return least;
  }
}
