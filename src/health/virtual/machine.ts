import type { KeepalivedConfig } from "../../config/keepalived/model/index.js";
import { endpointText } from "../../ipvs/model.js";
import type { CourseOf, CourseWorld } from "../checks/course.js";
import type { CheckerEvent } from "../event.js";
import type { Memory, ServerMemory, VirtualMemory } from "./memory.js";
import { protocolOf, serverName } from "./names.js";
import { fileWeight } from "./track-weight.js";
import { type CheckUnit, makeUnits, type ServerUnit, type VirtualUnit } from "./units.js";

/** Whom the machine tells. */
export interface MachineWorld {
  log(line: string): void;
  event(event: CheckerEvent): void;
}

/** IPVS_WEIGHT_LIMIT. */
const heaviest = 0x7fffffff;

/** A weight as a service takes it. */
export const realWeight = (weight: number): number => Math.max(0, Math.min(heaviest, weight));

/**
 * The virtual servers of a configuration: which real servers live, whether there is quorum, who stands in. Pure; what the data plane
 * should hold follows from it (wanted.ts). As keepalived/check/ipwrapper.c of 2.2.7 does it, and in its words.
 */
export class VirtualServers {
  readonly virtuals: readonly VirtualUnit[];
  readonly #config: KeepalivedConfig;
  readonly #world: MachineWorld;
  readonly #fileStatus: Map<string, number>;
  readonly #byId = new Map<string, CheckUnit>();
  /** Those whose part of the data plane may have changed. */
  readonly dirty = new Set<VirtualUnit>();

  constructor(
    config: KeepalivedConfig,
    world: MachineWorld,
    { memory, files = new Map() }: { memory?: Memory; files?: ReadonlyMap<string, number> } = {},
  ) {
    this.#config = config;
    this.#world = world;
    this.#fileStatus = new Map(files);
    this.virtuals = makeUnits(config, memory);
    for (const unit of this.checks()) {
      this.#byId.set(unit.id, unit);
      this.#beginFile(unit);
    }
  }

  /** Tells what is so from the beginning, or what a reload has changed. To be called once. */
  begin(): void {
    for (const virtual of this.virtuals) {
      this.dirty.add(virtual);
      for (const server of virtual.servers) this.#beginServer(server);
      this.#updateQuorum(virtual, true);
    }
  }

  check(id: string): CheckUnit | undefined {
    return this.#byId.get(id);
  }

  /** What a check needs to advance. */
  course({ check, state, server }: CheckUnit): CourseOf {
    return {
      check,
      state,
      server: server.name,
      virtual: server.virtual.name,
      weight: server.spec.weight,
      logsAll: check.logAllFailures || this.#config.global.checkerLogAllFailures,
    };
  }

  /** Where a check's results go. */
  worldOf(unit: CheckUnit): CourseWorld {
    return {
      log: (line) => this.#world.log(line),
      verdict: (up, mail, always) => this.#verdict(unit, up, mail, always),
      weight: (part, quietly) => {
        const weight = unit.server.weight - unit.state.weight + part;
        unit.state.weight = part;
        if (quietly) unit.server.weight = weight;
        else this.#setWeight(unit.server, weight, true);
      },
    };
  }

  /** A tracked file has another number. */
  fileChanged(name: string, status: number): void {
    const before = this.#fileStatus.get(name) ?? 0;
    if (before === status) return;
    this.#fileStatus.set(name, status);
    const file = this.#config.trackFiles.find((one) => one.name === name);
    for (const unit of this.checks()) {
      const { check, state, server } = unit;
      if (check.kind !== "FILE_CHECK" || check.trackFile !== name) continue;
      const was = fileWeight(check, file, before);
      const is = fileWeight(check, file, status);
      if (was === is) continue;
      if (is === "fault") {
        this.#verdict(unit, false);
        server.weight -= state.weight;
        state.weight = 0;
      } else if (was === "fault") {
        state.weight = is;
        server.weight += is;
        this.#verdict(unit, true);
      } else {
        state.weight = is;
        this.#setWeight(server, server.weight + is - was, true);
      }
      this.dirty.add(server.virtual);
    }
  }

  /** A BFD session has come up or gone down. */
  bfdChanged(name: string, up: boolean): void {
    for (const unit of this.checks()) {
      const { check, state, server } = unit;
      if (check.kind !== "BFD_CHECK" || check.name !== name || (state.up === up && state.hasRun)) continue;
      this.#world.log(`BFD check of [${name}] RS(${server.name}) is ${up ? "UP" : "DOWN"}`);
      this.#verdict(unit, up, `=> BFD CHECK ${name} ${up ? "succeeded" : "failed"} on service <=`);
    }
  }

  /** Tells what goes with the virtual and real servers that another configuration doesn't have any more. */
  removeWhatIsNotIn(next: VirtualServers): void {
    const kept = new Map(next.virtuals.map((virtual) => [virtual.key, virtual]));
    for (const virtual of this.virtuals) {
      const same = kept.get(virtual.key);
      if (!same) {
        const { target } = virtual.spec;
        this.#world.log(
          target.kind === "group"
            ? `Removing Virtual Server Group [${target.group}]`
            : `Removing Virtual Server ${virtual.name}`,
        );
        for (const server of virtual.servers) this.#remove(server, false);
        this.#loseQuorum(virtual, false);
        continue;
      }
      const servers = new Set(same.servers.map(({ key }) => key));
      for (const server of virtual.servers) {
        if (servers.has(server.key)) continue;
        this.#world.log(`service ${server.name} no longer exist`);
        this.#remove(server, false);
      }
      if (virtual.sorryAlive && !same.sorryAlive)
        this.#world.log(`Removing sorry server ${sorryName(virtual)} from VS ${virtual.name}`);
    }
  }

  /** Tells what goes with a stop. The data plane is not asked here. */
  stop(): void {
    const each = this.#config.global.lvsFlushOnStop === "no";
    for (const virtual of this.virtuals) {
      if (each) for (const server of virtual.servers) this.#remove(server, true);
      this.#loseQuorum(virtual, true);
    }
  }

  /** What the next configuration, or the next process, should know. */
  memory(): Memory {
    return Object.fromEntries(this.virtuals.map((virtual) => [virtual.key, memoryOf(virtual)]));
  }

  /** Numbers of tracked files, by name. */
  files(): ReadonlyMap<string, number> {
    return this.#fileStatus;
  }

  *checks(): Generator<CheckUnit> {
    for (const { servers } of this.virtuals) for (const { checks } of servers) yield* checks;
  }

  #beginFile({ check, state, server }: CheckUnit): void {
    if (check.kind !== "FILE_CHECK") return;
    const file = this.#config.trackFiles.find(({ name }) => name === check.trackFile);
    const weight = fileWeight(check, file, this.#fileStatus.get(check.trackFile) ?? 0);
    state.hasRun = true;
    state.up = weight !== "fault";
    state.weight = weight === "fault" ? 0 : weight;
    if (!server.remembered) server.weight += state.weight;
  }

  #beginServer(server: ServerUnit): void {
    const well = failedChecks(server) === 0;
    if (server.remembered) {
      const parts = server.checks.reduce((sum, { state }) => sum + state.weight, 0);
      this.#setWeight(server, server.spec.weight + parts, false);
      if (well !== server.alive) this.#setAlive(server, well);
    } else if (well) {
      server.alive = true;
      if (this.#config.global.realServerInitNotifies) this.#tellServer(server, false);
    }
  }

  #verdict(unit: CheckUnit, up: boolean, mail?: string, always = false): void {
    const { state, server, check } = unit;
    const wasUp = state.up;
    const wasAlive = server.alive;
    if (wasUp === up) {
      if (!state.hasRun && (check.alpha || !up)) this.#tellServer(server, false);
    } else {
      const failed = failedChecks(server);
      state.up = up;
      if (up ? failed <= 1 : failed === 0) this.#setAlive(server, up);
    }
    state.hasRun = true;
    const { smtp } = this.#config.global;
    if (
      mail !== undefined &&
      (server.spec.smtpAlert ?? smtp.alertChecker ?? smtp.alert ?? true) &&
      (always || wasUp !== up) &&
      (wasAlive !== server.alive || !smtp.noCheckerEmails)
    )
      this.#mail(server.virtual, server, server.alive, mail);
  }

  #setAlive(server: ServerUnit, alive: boolean): void {
    if (server.alive === alive) return;
    const { virtual, spec } = server;
    const [verb, word] = spec.inhibitOnFailure
      ? [alive ? "Enabling" : "Disabling", "of"]
      : alive
        ? ["Adding", "to"]
        : ["Removing", "from"];
    this.#world.log(`${verb} service ${server.name} ${word} VS ${virtual.name}`);
    server.alive = alive;
    this.dirty.add(virtual);
    this.#tellServer(server, false);
    this.#updateQuorum(virtual, false);
  }

  #setWeight(server: ServerUnit, weight: number, withQuorum: boolean): void {
    const before = realWeight(server.weight);
    const after = realWeight(weight);
    server.weight = weight;
    if (before === after) return;
    const { virtual } = server;
    this.#world.log(
      `Changing weight from ${before} to ${after} for ${server.alive ? "" : "in"}active service ${server.name} of VS ${virtual.name}`,
    );
    this.dirty.add(virtual);
    if (withQuorum) this.#updateQuorum(virtual, false);
  }

  #updateQuorum(virtual: VirtualUnit, beginning: boolean): void {
    const { quorum, hysteresis, spec, name } = virtual;
    const weight = livingWeight(virtual);
    const sorry = spec.sorryServer;
    if (!virtual.quorumUp && weight >= quorum + hysteresis) {
      virtual.quorumUp = true;
      this.#world.log(
        `Gained quorum ${quorum}+${hysteresis}=${quorum + hysteresis} <= ${weight} for VS ${name}`,
      );
      if (sorry && virtual.sorryAlive) {
        this.#world.log(
          `${sorry.inhibit ? "Disabling" : "Removing"} sorry server ${sorryName(virtual)} from VS ${name}`,
        );
        this.#world.log(`Adding alive servers to the pool for VS ${name}`);
        virtual.sorryAlive = false;
      }
      this.dirty.add(virtual);
      this.#tellVirtual(virtual, beginning, quorum + hysteresis, weight, false);
      return;
    }
    const threshold = quorum + (virtual.quorumUp ? -1 : 1) * hysteresis;
    const lost = virtual.quorumUp && (weight === 0 || weight < threshold);
    const never = beginning && !virtual.quorumUp && sorry !== undefined && !virtual.sorryAlive;
    if (!lost && !never) return;
    virtual.quorumUp = false;
    this.#world.log(
      `${beginning ? "Starting with quorum down" : "Lost quorum"} ${quorum}-${hysteresis}=${threshold} > ${weight} for VS ${name}`,
    );
    if (sorry && !virtual.sorryAlive) {
      this.#world.log(
        `${sorry.inhibit ? "Enabling" : "Adding"} sorry server ${sorryName(virtual)} to VS ${name}`,
      );
      this.#world.log(`Removing alive servers from the pool for VS ${name}`);
      virtual.sorryAlive = true;
    }
    this.dirty.add(virtual);
    this.#tellVirtual(virtual, beginning, threshold, weight, false);
  }

  /** Takes a server out for good. */
  #remove(server: ServerUnit, stopping: boolean): void {
    const { virtual, spec } = server;
    const present = isPresent(server);
    if (present || stopping)
      this.#world.log(
        `${stopping ? "Shutting down" : "Removing"} ${spec.inhibitOnFailure && !server.alive ? "(inhibited) " : ""}service ${server.name} from VS ${virtual.name}`,
      );
    if (!present || !server.alive) return;
    server.alive = false;
    if (stopping && !virtual.spec.omega) return;
    this.#tellServer(server, stopping);
    const { smtp } = this.#config.global;
    if (spec.smtpAlert ?? smtp.alertChecker ?? smtp.alert ?? true)
      this.#mail(virtual, server, false, stopping ? "=> Shutting down <=" : "=> Removing <=");
  }

  /** A virtual server goes. */
  #loseQuorum(virtual: VirtualUnit, stopping: boolean): void {
    const weight = livingWeight(virtual);
    const threshold = virtual.quorum - virtual.hysteresis;
    if (!stopping && !(virtual.quorumUp && (weight === 0 || weight < threshold))) return;
    virtual.quorumUp = false;
    this.#tellVirtual(virtual, false, threshold, weight, stopping);
  }

  #tellServer(server: ServerUnit, stopping: boolean): void {
    const { alive, spec, virtual } = server;
    const script = alive ? spec.notifyUp : spec.notifyDown;
    this.#world.event({
      kind: "real-server",
      virtualServer: virtual.name,
      server: server.name,
      up: alive,
      weight: realWeight(server.weight),
      stopping,
      ...(script && { script }),
    });
  }

  #tellVirtual(
    virtual: VirtualUnit,
    beginning: boolean,
    threshold: number,
    weight: number,
    stopping: boolean,
  ): void {
    const { spec, name, quorumUp, quorum, hysteresis } = virtual;
    if (stopping && !spec.omega) return;
    const script = quorumUp ? spec.quorumUp : spec.quorumDown;
    this.#world.event({
      kind: "virtual-server",
      virtualServer: name,
      up: quorumUp,
      weight,
      stopping,
      ...(script && { script }),
    });
    const { smtp } = this.#config.global;
    if (!(spec.smtpAlert ?? smtp.alertChecker ?? smtp.alert ?? false)) return;
    const state = beginning
      ? `Starting with quorum ${quorumUp ? "up" : "down"}`
      : `${quorumUp ? "Gained" : "Lost"} quorum`;
    const message = stopping ? "Shutting down" : `${state} ${quorum}+${hysteresis}=${threshold} <= ${weight}`;
    this.#mail(virtual, undefined, quorumUp, `=> ${message} <=`);
  }

  #mail(virtual: VirtualUnit, server: ServerUnit | undefined, up: boolean, message: string): void {
    this.#world.event({
      kind: "mail",
      virtualServer: virtual.name,
      ...(server && { server: server.name }),
      state: up ? "UP" : "DOWN",
      message,
    });
  }
}

export const failedChecks = (server: ServerUnit): number =>
  server.checks.reduce((count, { state }) => count + (state.up ? 0 : 1), 0);

export const livingWeight = (virtual: VirtualUnit): number =>
  virtual.servers.reduce((sum, { alive, weight }) => sum + (alive ? realWeight(weight) : 0), 0);

/** Whether a server stands in its services. */
export const isPresent = ({ spec, alive, virtual }: ServerUnit): boolean =>
  spec.inhibitOnFailure || (alive && !virtual.sorryAlive);

function sorryName({ spec, group }: VirtualUnit): string {
  return spec.sorryServer ? serverName(spec.sorryServer, protocolOf(spec, group)) : "";
}

function memoryOf({ quorumUp, sorryAlive, spec, servers }: VirtualUnit): VirtualMemory {
  return {
    quorumUp,
    ...(sorryAlive && spec.sorryServer && { sorry: endpointText(spec.sorryServer) }),
    servers: Object.fromEntries(servers.map((server) => [server.key, serverMemory(server)])),
  };
}

function serverMemory({ alive, weight, checks }: ServerUnit): ServerMemory {
  return {
    alive,
    weight,
    checks: Object.fromEntries(
      checks.map(({ key, state: { failedUrl, ...state } }) => [
        key,
        { ...state, ...(failedUrl !== undefined && { failedUrl }) },
      ]),
    ),
  };
}
