import type { Peers } from "../../config/haproxy/model/index.js";
import type { Table } from "../tables/index.js";
import { DictionaryCache } from "./dictionary-cache.js";
import type { PeerSession } from "./session.js";
import { SharedTable } from "./shared-table.js";
import { status } from "./status.js";

/** A peer of a section, and what is known of it from one connection to the next. Times are of the section's clock, milliseconds; 0: never. */
export class Peer {
  readonly settings: Peers["peers"][number];
  readonly isLocal: boolean;
  readonly tables: readonly SharedTable[];
  cache = new DictionaryCache();
  session: PeerSession | undefined;
  statusCode: number = status.none;
  lastHandshake = 0;
  reconnectAt = 0;
  heartbeatAt = 0;
  /** Something came since the last look. */
  alive = false;
  /** It knows only version 2.0: no timed updates. */
  downgraded = false;
  /** We learn from it now; it said that it didn't know all. */
  learning = false;
  notUpToDate = false;
  /** It was taught all that we know: a new process, by the old one. */
  taught = false;
  confirms = 0;
  sentHeartbeats = 0;
  receivedHeartbeats = 0;
  missedHeartbeats = 0;
  connections = 0;
  protocolErrors = 0;
  collisions = 0;

  constructor(settings: Peers["peers"][number], isLocal: boolean, tables: readonly Table[]) {
    this.settings = settings;
    this.isLocal = isLocal;
    this.tables = tables.map((table, at) => new SharedTable(table, at + 1));
  }

  get name(): string {
    return this.settings.name;
  }

  /** A session was agreed on: everything of the connection before is forgotten. */
  begin(): void {
    this.cache = new DictionaryCache();
    this.confirms = 0;
    this.learning = false;
    this.notUpToDate = false;
    for (const shared of this.tables) shared.connected();
  }

  /** Whether it isn't told yet of something that was changed here. */
  get hasNews(): boolean {
    return this.tables.some((shared) => shared.lastPushed !== shared.table.store.updates.last);
  }
}
