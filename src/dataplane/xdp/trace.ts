import type { Protocol, ServiceId } from "../../ipvs/model.js";
import type { Prefix } from "../../ipvs/prefix.js";
import type { ReadySet } from "../../sys/index.js";
import type { IpAddress } from "../../wire/address.js";
import type { HostNetwork } from "./host-network.js";
import { isThere, Recording } from "./recording.js";
import { identityOf, padded, protocolNumbers } from "./records.js";
import type { DirectorState } from "./state.js";
import { traced } from "./trace-maps.js";
import { closeTrace, type TraceMaps } from "./trace-pins.js";
import { readTrace, type TracedPacket } from "./trace-read.js";
import { Traced, TraceFilter } from "./trace-record.js";
import { beginTrace, endTrace } from "./trace-switch.js";

/** Which packets are to be followed; what is not named doesn't matter. The packet program asks it. */
export interface TraceWanted {
  readonly service?: ServiceId;
  readonly server?: { readonly address: IpAddress; readonly port?: number };
  readonly client?: Prefix;
  /** The client's port. */
  readonly clientPort?: number;
  readonly protocol?: Protocol;
  /** Also what is left to the host and belongs to no service. */
  readonly all?: boolean;
  /** Packets that each CPU follows in a second, roughly. */
  readonly limit: number;
}

interface TraceOptions {
  readonly wanted: TraceWanted;
  readonly onPacket: (packet: TracedPacket) => void;
  /** Packets that were not followed since it was last told: more than the limit, or than there was room for. */
  readonly onLost: (count: number) => void;
  /** Somebody has reset the director: nothing more will come. */
  readonly onGone: () => void;
}

/**
 * Follows packets through the director of the caller's network namespace, until {@link stop}: programs that tell of each step
 * take the place of the director's meanwhile. One process at a time. If it is killed, those programs follow nothing any more
 * after some seconds, and the next who changes something puts plain ones back.
 */
export class Trace {
  readonly #state: DirectorState;
  readonly #host: HostNetwork;
  readonly #recording: Recording;
  readonly #maps: TraceMaps;
  readonly #onLost: TraceOptions["onLost"];
  #lost = 0;

  /** @throws RondoError "capture-running", "no-bpf" */
  constructor(
    state: DirectorState,
    host: HostNetwork,
    ready: ReadySet,
    { wanted, onPacket, onLost, onGone }: TraceOptions,
  ) {
    this.#state = state;
    this.#host = host;
    this.#onLost = onLost;
    this.#recording = new Recording(state, ready, {
      what: "a trace",
      onRecord: (record, offset) => onPacket(readTrace(state, record, offset)),
      onGone,
    });
    try {
      // Who captured and was killed may have left the switch on.
      state.settings.capturing = 0;
      this.#maps = state.locked(() => beginTrace(state, host, filterOf(wanted)));
    } catch (error) {
      this.#recording.stop();
      throw error;
    }
    this.#recording.begin({ eachTurn: () => this.#tellLost() });
  }

  /** Ends it; what was recorded before still comes. Tells how often the packet program thought that this process was dead. */
  stop(): { lost: number; paused: number } {
    try {
      const paused = this.#recording.stop(() => {
        this.#tellLost();
        if (isThere(this.#state)) this.#state.locked(() => endTrace(this.#state, this.#host));
      });
      return { lost: this.#lost, paused };
    } finally {
      closeTrace(this.#maps);
    }
  }

  #tellLost(): void {
    const values = this.#maps[traced.name]!.perCpuRange(0, 1)[0] ?? [];
    const lost = values
      .map((bytes) => Traced.over(bytes))
      .reduce((sum, one) => sum + Number(one.lost + one.limited), 0);
    const more = lost - this.#lost;
    this.#lost = lost;
    if (more > 0) this.#onLost(more);
  }
}

/** A port as it stands in a header, as the packet program reads it there. */
const raw = (port: number): number => ((port & 0xff) << 8) | (port >> 8);
const words = (bytes: Uint8Array): [bigint, bigint] => {
  const view = Buffer.from(bytes);
  return [view.readBigUInt64LE(0), view.readBigUInt64LE(8)];
};

/** What the packet program asks by. */
export function filterOf({
  service,
  server,
  client,
  clientPort,
  protocol,
  all,
  limit,
}: TraceWanted): Uint8Array {
  const identity = service && identityOf(service);
  return TraceFilter.encode({
    limit,
    all: all ? 1 : 0,
    ...(protocol && { protocol: protocolNumbers[protocol] }),
    ...(clientPort !== undefined && { clientPort: raw(clientPort) }),
    ...(client && {
      clientFamily: client.address.family,
      client: words(padded(client.address)),
      clientMask: words(maskOf(client)),
    }),
    ...(server && {
      byServer: 1,
      server: padded(server.address),
      serverPort: raw(server.port ?? 0),
    }),
    ...(identity && {
      byService: 1,
      serviceAddress: identity.address,
      servicePort: raw(identity.port),
      serviceProtocol: identity.protocol,
      serviceFamily: identity.family,
    }),
  });
}

/** A prefix's bits as 16 bytes of ones and zeros. */
const maskOf = ({ length }: Prefix): Uint8Array =>
  Uint8Array.from({ length: 16 }, (_, i) => 0xff00 >> Math.min(8, Math.max(0, length - 8 * i)));
