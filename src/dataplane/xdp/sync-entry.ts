import type { Endpoint } from "../../ipvs/model.js";
import { type SyncEntry, SyncFlag } from "../../ipvs/sync/index.js";
import { IpAddress } from "../../wire/address.js";
import { Entry, EntryFlag, invalidPort, seconds, stateShift } from "./layout.js";
import { addressIn, protocolNamed, serviceIdOf } from "./records.js";
import type { DirectorState } from "./state.js";
import { timeoutIndexes } from "./transitions.js";

/** What an entry needs to know of its server. */
interface ServerFacts {
  readonly address: IpAddress;
  readonly port: number;
  readonly method: number;
  readonly mark: number;
}

const field = {
  clientPort: Entry.offsetOf("clientPort"),
  virtualPort: Entry.offsetOf("virtualPort"),
  protocol: Entry.offsetOf("protocol"),
  family: Entry.offsetOf("family"),
  addresses: Entry.offsetOf("addresses"),
  server: Entry.offsetOf("server"),
  life: Entry.offsetOf("packets"),
} as const;

/** Reads entries of the connection table as others are told of them. What it learns of servers holds for one look. */
export class SyncEntryReader {
  readonly #state: DirectorState;
  readonly #servers = new Map<number, ServerFacts>();

  constructor(state: DirectorState) {
    this.#state = state;
  }

  /** @param word the lower half of the entry's word */
  read(bytes: Uint8Array, at: number, word: number): SyncEntry {
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, Entry.size);
    const template = (word & EntryFlag.template) !== 0;
    const family = (view.getUint8(field.family) & 0xf) === 6 ? 6 : 4;
    const size = family === 6 ? 16 : 4;
    const endpoint = (index: number, port: number): Endpoint => ({
      address: IpAddress.within(bytes, at + field.addresses + index * size, family),
      port,
    });
    const protocol = view.getUint8(field.protocol);
    const state = (word >>> stateShift) & 15;
    const virtualPort = view.getUint16(field.virtualPort);
    const server = this.#server(view.getUint32(field.server, true));
    const takesPort = template
      ? virtualPort === 0 || virtualPort === invalidPort
      : (word & EntryFlag.samePort) !== 0;
    return {
      protocol,
      flags:
        server.method |
        (server.method === 0 ? 0 : SyncFlag.noOutput) |
        (template ? SyncFlag.template | SyncFlag.inactive : 0) |
        ((word & EntryFlag.inactive) !== 0 ? SyncFlag.inactive : 0),
      state,
      client: endpoint(0, view.getUint16(field.clientPort)),
      virtual: endpoint(1, virtualPort),
      server: { address: server.address, port: takesPort ? virtualPort : server.port },
      mark: server.mark,
      timeout: Math.round(
        template ? seconds(view.getUint32(field.life, true)) : this.#timeout(protocol, state),
      ),
    };
  }

  #timeout(protocol: number, state: number): number {
    const name = protocolNamed(protocol);
    if (name === undefined) return 180;
    return seconds(this.#state.settings.timeouts[timeoutIndexes(name, state)[0]!]!);
  }

  #server(slot: number): ServerFacts {
    const known = this.#servers.get(slot);
    if (known) return known;
    const record = this.#state.servers.at(slot);
    const service = serviceIdOf({
      address: record.serviceAddress,
      port: record.servicePort,
      protocol: record.serviceProtocol,
      family: record.serviceFamily,
    });
    const facts: ServerFacts = {
      address: addressIn(record.address, record.family),
      port: record.port,
      method: record.configured,
      mark: service.kind === "mark" ? service.mark : 0,
    };
    this.#servers.set(slot, facts);
    return facts;
  }
}
