import type { GlobalDefs } from "../config/keepalived/model/index.js";
import type { SyncDaemon, Timeouts } from "../ipvs/model.js";
import type { PlaneKeeper } from "./virtual/plane-keeper.js";

/** lvs_timeouts and lvs_sync_daemon: settings of the whole data plane. */
export class LvsSettings {
  readonly #keeper: PlaneKeeper;
  readonly #log: (line: string) => void;
  /** What the timeouts were before we set them. */
  #before: Timeouts | undefined;
  /** The VRRP instances that are master. */
  readonly #masters = new Set<string>();

  constructor(keeper: PlaneKeeper, log: (line: string) => void) {
    this.#keeper = keeper;
    this.#log = log;
  }

  /** Makes them as a configuration says; `before` is the one in force. Without one, what still runs is ended first. */
  apply(global: GlobalDefs, before?: GlobalDefs): void {
    this.#setTimeouts(global);
    if (before && text(before) === text(global)) return;
    this.#sync([], before ?? global);
    const { syncDaemon } = global;
    if (!syncDaemon) return;
    // With an instance it follows that one's state, and is a backup before there is one.
    if (syncDaemon.instance === undefined) this.#sync(["master", "backup"], global);
    else this.#sync([this.#masters.has(syncDaemon.instance) ? "master" : "backup"], global);
  }

  /** A VRRP instance is in another state; `isRunning`: the sync daemon that follows it does so at once. */
  follow(name: string, master: boolean, global: GlobalDefs, isRunning: boolean): void {
    if (master) this.#masters.add(name);
    else this.#masters.delete(name);
    if (isRunning && global.syncDaemon?.instance === name) this.#sync([master ? "master" : "backup"], global);
  }

  /** Puts back what was. */
  stop(global: GlobalDefs): void {
    this.#sync([], global);
    const before = this.#before;
    if (before) this.#keeper.with((plane) => plane.setTimeouts(before));
  }

  #setTimeouts({ lvsTimeouts }: GlobalDefs): void {
    const before = this.#before;
    if (!lvsTimeouts) {
      if (before) this.#keeper.with((plane) => plane.setTimeouts(before));
      this.#before = undefined;
      return;
    }
    const { tcp = 0, tcpFin = 0, udp = 0 } = lvsTimeouts;
    this.#keeper.with((plane) => {
      this.#before ??= plane.timeouts();
      plane.setTimeouts({ tcp, tcpFin, udp });
    });
  }

  #sync(roles: readonly SyncDaemon["role"][], { syncDaemon }: GlobalDefs): void {
    if (!syncDaemon) return;
    const { interface: name, syncId = 0, maxLength, port, ttl, group } = syncDaemon;
    this.#keeper.with((plane) => {
      try {
        for (const { role } of plane.syncDaemons()) if (!roles.includes(role)) plane.stopSyncDaemon(role);
        const running = new Set(plane.syncDaemons().map(({ role }) => role));
        for (const role of roles)
          if (!running.has(role))
            plane.startSyncDaemon({
              role,
              multicastInterface: name,
              syncId,
              ...(maxLength !== undefined && { maxLength }),
              ...(port !== undefined && { port }),
              ...(ttl !== undefined && { ttl }),
              ...(group !== undefined && { group }),
            });
      } catch (error) {
        this.#log(`IPVS: sync daemon (${roles.join(", ") || "none"}): ${(error as Error).message}`);
      }
    });
  }
}

/** Another line of the file is no other daemon. */
const text = ({ syncDaemon }: GlobalDefs): string =>
  JSON.stringify(syncDaemon, (key, value: unknown) => (key === "at" ? undefined : value)) ?? "";
