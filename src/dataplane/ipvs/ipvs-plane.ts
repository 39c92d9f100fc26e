import { RondoError } from "../../errors.js";
import { checkTimeouts } from "../../ipvs/checks.js";
import { type ConnectionFilter, passes } from "../../ipvs/connection-filter.js";
import type { DataPlane } from "../../ipvs/data-plane.js";
import { IpvsError } from "../../ipvs/errors.js";
import type { MarkRule } from "../../ipvs/marks.js";
import type {
  ConnectionEntry,
  ServerId,
  ServerSpec,
  ServerStatus,
  ServiceId,
  ServiceSpec,
  ServiceStatus,
  SyncDaemon,
  Timeouts,
} from "../../ipvs/model.js";
import type { Attributes, BodyWriter } from "../../netlink/index.js";
import { readConnections } from "./connections.js";
import { readDaemon, writeDaemon, writeDaemonRole } from "./daemon-codec.js";
import { KernelIpvs } from "./kernel.js";
import { Command, Info, Top } from "./numbers.js";
import type { Operation } from "./refusals.js";
import { fitsKernel, readServer, writeServer, writeServerId } from "./server-codec.js";
import { readService, writeService, writeServiceId } from "./service-codec.js";
import { readTunables, writeTunable } from "./tunables.js";

/**
 * The data plane that the kernel's own module is: net/netfilter/ipvs, through generic netlink, in the network namespace in which
 * this was opened. All of its state is the kernel's: real ipvsadm and this one see the same.
 */
export class IpvsPlane implements DataPlane {
  readonly #kernel: KernelIpvs;

  /** Throws RondoError "no-ip-vs" where the kernel has no IPVS. */
  constructor() {
    this.#kernel = new KernelIpvs();
  }

  get tableSize(): number {
    return this.#kernel.ask({ operation: "ask", command: Command.getInfo })?.u32(Info.tableSize) ?? 0;
  }

  services(): ServiceStatus[] {
    const all = this.#kernel.list({ operation: "ask", command: Command.getService });
    return all.flatMap((attributes) => this.#withServers(attributes) ?? []);
  }

  service(id: ServiceId): ServiceStatus | undefined {
    try {
      const write = inService((body) => writeServiceId(body, id));
      const found = this.#kernel.ask({ operation: "ask", command: Command.getService, write });
      return found && this.#withServers(found);
    } catch (error) {
      if (isRefusal(error, "no-service")) return undefined;
      throw error;
    }
  }

  addService(spec: ServiceSpec): void {
    const write = inService((body) => writeService(body, spec));
    this.#kernel.change({ operation: "add-service", command: Command.newService, write });
  }

  editService(spec: ServiceSpec): void {
    const write = inService((body) => writeService(body, spec));
    this.#kernel.change({ operation: "edit-service", command: Command.setService, write });
  }

  deleteService(id: ServiceId): void {
    const write = inService((body) => writeServiceId(body, id));
    this.#kernel.change({ operation: "delete-service", command: Command.deleteService, write });
  }

  flush(): void {
    this.#kernel.change({ operation: "delete-service", command: Command.flush });
  }

  addServer(service: ServiceId, spec: ServerSpec): void {
    this.#changeServer("add-server", Command.newServer, service, spec);
  }

  editServer(service: ServiceId, spec: ServerSpec): void {
    this.#changeServer("edit-server", Command.setServer, service, spec);
  }

  deleteServer(service: ServiceId, server: ServerId): void {
    const write = (body: BodyWriter) => {
      inService((inner) => writeServiceId(inner, service))(body);
      body.nested(Top.server, (inner) => writeServerId(inner, server));
    };
    this.#kernel.change({ operation: "delete-server", command: Command.deleteServer, write });
  }

  zero(id?: ServiceId): void {
    const write = id && { write: inService((body) => writeServiceId(body, id)) };
    this.#kernel.change({ operation: "zero", command: Command.zero, ...write });
  }

  connections(): Iterable<ConnectionEntry> {
    return readConnections();
  }

  /** There is no message for it. Throws RondoError "not-on-ipvs" if there are connections that should end. */
  flushConnections(filter: ConnectionFilter): number {
    for (const entry of this.connections())
      if (passes(filter, entry))
        throw cannot(
          "end single connections",
          "With `sysctl net.ipv4.vs.expire_nodest_conn=1` it ends those of servers that are deleted; with `…expire_quiescent_template=1` servers of weight 0 get no client back by persistence.",
        );
    return 0;
  }

  timeouts(): Timeouts {
    const found = this.#kernel.ask({ operation: "ask", command: Command.getConfig });
    const seconds = (type: number) => found?.u32(type) ?? 0;
    return { tcp: seconds(Top.tcp), tcpFin: seconds(Top.tcpFin), udp: seconds(Top.udp) };
  }

  setTimeouts(timeouts: Timeouts): void {
    checkTimeouts(timeouts);
    const { tcp, tcpFin, udp } = timeouts;
    const write = (body: BodyWriter) => void body.u32(Top.tcp, tcp).u32(Top.tcpFin, tcpFin).u32(Top.udp, udp);
    this.#kernel.change({ operation: "ask", command: Command.setConfig, write });
  }

  tunables(): ReadonlyMap<string, number> {
    return readTunables();
  }

  setTunable(name: string, value: number): void {
    writeTunable(name, value);
  }

  markRules(): MarkRule[] {
    return [];
  }

  setMarkRules(rules: readonly MarkRule[]): void {
    if (rules.length === 0) return;
    throw cannot(
      "give packets their marks",
      "Here that is the packet filter's: `nft add rule … meta mark set 7`, or iptables' MARK.",
    );
  }

  syncDaemons(): SyncDaemon[] {
    const all = this.#kernel.list({ operation: "ask", command: Command.getDaemon });
    return all.flatMap((attributes) => {
      const daemon = attributes.nested(Top.daemon);
      return daemon ? [readDaemon(daemon)] : [];
    });
  }

  startSyncDaemon(daemon: SyncDaemon): void {
    const write = (body: BodyWriter) => void body.nested(Top.daemon, (inner) => writeDaemon(inner, daemon));
    this.#kernel.change({ operation: "start-daemon", command: Command.newDaemon, write });
  }

  stopSyncDaemon(role: SyncDaemon["role"]): void {
    const write = (body: BodyWriter) => void body.nested(Top.daemon, (inner) => writeDaemonRole(inner, role));
    this.#kernel.change({ operation: "stop-daemon", command: Command.deleteDaemon, write });
  }

  /** It always shows what there is. */
  isCurrent(): boolean {
    return true;
  }

  /** The kernel takes changes one by one: there is nothing that would make many cheaper. */
  together<T>(work: () => T): T {
    return work();
  }

  close(): void {
    this.#kernel.close();
  }

  #changeServer(operation: Operation, command: number, service: ServiceId, spec: ServerSpec): void {
    if (!fitsKernel(spec)) {
      // What 32 bits can't hold can't be asked; a service that isn't there would be refused first.
      if (!this.service(service)) throw new IpvsError("service-not-defined");
      throw new IpvsError("range");
    }
    const write = (body: BodyWriter) => {
      inService((inner) => writeServiceId(inner, service))(body);
      body.nested(Top.server, (inner) => writeServer(inner, spec));
    };
    this.#kernel.change({ operation, command, write });
  }

  /** Undefined if the service has gone meanwhile. */
  #withServers(attributes: Attributes): ServiceStatus | undefined {
    const nested = attributes.nested(Top.service);
    if (!nested) return undefined;
    const service = readService(nested);
    return { ...service, servers: this.#serversOf(service.id) };
  }

  #serversOf(id: ServiceId): ServerStatus[] {
    const write = inService((body) => writeServiceId(body, id));
    const all = this.#kernel.list({ operation: "ask", command: Command.getServer, write });
    return all.flatMap((attributes) => {
      const server = attributes.nested(Top.server);
      return server ? [readServer(server)] : [];
    });
  }
}

const inService = (write: (inner: BodyWriter) => void) => (body: BodyWriter) =>
  void body.nested(Top.service, write);

const isRefusal = (error: unknown, refusal: IpvsError["refusal"]) =>
  error instanceof IpvsError && error.refusal === refusal;

function cannot(what: string, remedy: string): RondoError {
  return new RondoError("not-on-ipvs", `the kernel's IPVS can't ${what}; rondo's own data plane can`, {
    exitStatus: 255,
    remedy,
  });
}
