import type { Endpoint } from "../../ipvs/model.js";
import { type SyncEntry, SyncFlag } from "../../ipvs/sync/index.js";
import { serviceNumbers } from "./mend.js";
import { addressIn, serviceIdOf } from "./records.js";
import { readList } from "./server-list.js";
import type { DirectorState } from "./state.js";

const ftpPort = 21;
const firstFreePort = 1024;

/** A service's servers: their slots by address and port, and by address alone. */
interface Servers {
  readonly byPort: Map<string, number>;
  readonly byAddress: Map<string, number>;
}

/** Finds the server that an entry of another director means (net/netfilter/ipvs/ip_vs_ctl.c, ip_vs_find_dest). */
export class SyncServers {
  readonly #state: DirectorState;
  readonly #services = new Map<string, Servers>();
  #changes = -1;

  constructor(state: DirectorState) {
    this.#state = state;
  }

  /** Whether services or servers have changed since the last search. */
  get isOld(): boolean {
    return this.#state.settings.changes !== this.#changes;
  }

  /** Its slot, and the port that the slot says; undefined: there is no such server. */
  find(entry: SyncEntry): number | undefined {
    if (this.isOld) this.#read();
    const servers = this.#serviceOf(entry);
    if (!servers) return undefined;
    const { server, mark, flags } = entry;
    const address = server.address.words.join();
    const noPort = mark !== 0 && (flags & SyncFlag.method) !== 0;
    const found =
      servers.byPort.get(`${address} ${noPort ? 0 : server.port}`) ??
      servers.byPort.get(`${address} ${noPort ? server.port : 0}`);
    // A template of all ports says none.
    return found ?? (server.port === 0 ? servers.byAddress.get(address) : undefined);
  }

  #serviceOf({ mark, protocol, virtual }: SyncEntry): Servers | undefined {
    const family = virtual.address.family;
    const byMark = mark === 0 ? undefined : this.#services.get(`mark ${mark} ${family}`);
    if (byMark) return byMark;
    const at = (port: number) => this.#services.get(nameOf(protocol, { ...virtual, port }));
    const own = at(virtual.port);
    if (own) return own;
    const mayBeFtp = protocol === 6 && (virtual.port === ftpPort || virtual.port >= firstFreePort);
    return (mayBeFtp ? at(ftpPort) : undefined) ?? at(0);
  }

  #read(): void {
    const state = this.#state;
    this.#changes = state.settings.changes;
    this.#services.clear();
    for (const index of serviceNumbers(state)) {
      const record = state.services.at(index);
      const id = serviceIdOf(record);
      const servers: Servers = { byPort: new Map(), byAddress: new Map() };
      for (const slot of readList(state, index)) {
        const { address, family, port } = state.servers.at(slot);
        const text = addressIn(address, family).words.join();
        servers.byPort.set(`${text} ${port}`, slot);
        servers.byAddress.set(text, slot);
      }
      const name = id.kind === "mark" ? `mark ${id.mark} ${id.family}` : nameOf(record.protocol, id);
      this.#services.set(name, servers);
    }
  }
}

const nameOf = (protocol: number, { address, port }: Endpoint): string =>
  `${protocol} ${address.words.join()} ${port}`;
