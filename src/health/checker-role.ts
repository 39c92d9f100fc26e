import type { KeepalivedConfig } from "../config/keepalived/model/index.js";
import type { Log } from "../errors.js";
import { serviceIdText } from "../ipvs/model.js";
import { ReadySet } from "../sys/index.js";
import { IpAddress } from "../wire/address.js";
import { Agenda } from "./agenda.js";
import type { Answer } from "./checks/answer.js";
import { ask as askServer } from "./checks/ask.js";
import { advance } from "./checks/course.js";
import type { Ask, RunScript } from "./checks/question.js";
import { patternProblem } from "./checks/regex.js";
import { type Clock, systemClock } from "./clock.js";
import type { CheckerEvent } from "./event.js";
import { LvsSettings } from "./lvs-settings.js";
import type { CheckCounts, CheckerSnapshot } from "./snapshot.js";
import { type WatchFiles, watchFiles } from "./track-files.js";
import { livingWeight, type MachineWorld, realWeight, VirtualServers } from "./virtual/machine.js";
import { type OpenPlane, PlaneKeeper } from "./virtual/plane-keeper.js";
import { hasAddress } from "./virtual/services.js";
import type { CheckUnit, VirtualUnit } from "./virtual/units.js";
import { Wanted } from "./virtual/wanted.js";

/** What a checker role needs of its surroundings. */
export interface CheckerDeps {
  readonly log: Log;
  /** Opens this host's data plane; it may throw, and is called again later. The role closes it. */
  readonly plane: () => OpenPlane;
  readonly runScript: RunScript;
  readonly onEvent: (event: CheckerEvent) => void;
  readonly clock?: Clock;
  /** 0 … 1: when within its warmup a check begins. */
  readonly random?: () => number;
  readonly ask?: Ask;
  readonly trackFiles?: WatchFiles;
}

/** Milliseconds before the first checks: the real one lets everything come up first. */
const bootstrap = 1000;
/** Milliseconds until something that the data plane refused is tried again. */
const again = 5000;
/** Milliseconds between two looks whether our services are still there. */
const lookPeriod = 10_000;

/** What is known of a check beyond what decides. */
interface Record {
  readonly counts: CheckCounts;
  detail: string;
  note: string | undefined;
}

/**
 * The checkers' role: asks real servers whether they are well, and has the data plane hold what follows. It knows nothing of processes;
 * what follows for people are events.
 */
export class CheckerRole {
  readonly #deps: CheckerDeps;
  readonly #clock: Clock;
  readonly #keeper: PlaneKeeper;
  readonly #settings: LvsSettings;
  readonly #agenda = new Agenda<string>();
  /** Checks that are being asked now. */
  readonly #asking = new Map<string, { stop: AbortController; over: Promise<void> }>();
  readonly #records = new Map<string, Record>();
  #config: KeepalivedConfig;
  #machine: VirtualServers;
  #sockets: ReadySet | undefined;
  #files: { stop(): void } | undefined;
  #vips: readonly IpAddress[] = [];
  /** What the process before us held. */
  #inherited: CheckerSnapshot["held"] = {};
  #timer: { at: number; cancel: () => void } | undefined;
  #look: { at: number; cancel: () => void } | undefined;
  /** Whether the data plane has been read since it could not be. */
  #readable = false;
  #settle: (() => void) | undefined;
  #state: "new" | "running" | "stopped" = "new";

  constructor(config: KeepalivedConfig, deps: CheckerDeps) {
    this.#config = config;
    this.#deps = deps;
    this.#clock = deps.clock ?? systemClock;
    const log = (line: string) => deps.log.info(line);
    this.#machine = new VirtualServers(config, this.#world);
    this.#keeper = new PlaneKeeper({ plane: deps.plane, log }, new Wanted(this.#machine.virtuals));
    this.#settings = new LvsSettings(this.#keeper, log);
  }

  /** Begins. With the snapshot of a role that is gone, it goes on from there: nobody is told again, and nothing flaps. */
  start(handover?: CheckerSnapshot): void {
    if (this.#state !== "new") return;
    this.#state = "running";
    const { global } = this.#config;
    this.#vips = addresses(handover?.vips ?? []);
    this.#inherited = handover?.held ?? {};
    if (!handover && global.lvsFlush) this.#keeper.with((plane) => plane.flush());
    this.#settings.apply(global, handover && global);
    const files = this.#watchFiles();
    this.#machine = new VirtualServers(this.#config, this.#world, {
      files,
      ...(handover && { memory: handover.memory }),
    });
    this.#keeper.want(new Wanted(this.#machine.virtuals));
    const adopted = this.#keeper.adopt(this.#inherited);
    this.#machine.begin();
    this.#tellPatterns();
    this.#push(adopted);
    for (const unit of this.#machine.checks()) {
      this.#tellActivity(unit, true);
      this.#schedule(unit, handover ? 0 : bootstrap);
    }
    this.#arm();
  }

  /** Takes another configuration. What is the same in it is not touched: services, servers, checks and when they are due. */
  reload(config: KeepalivedConfig): void {
    if (this.#state !== "running") return;
    const before = this.#config;
    const old = this.#machine;
    this.#config = config;
    const memory = old.memory();
    const files = this.#watchFiles();
    const next = new VirtualServers(config, this.#world, { memory, files });
    old.removeWhatIsNotIn(next);
    this.#machine = next;
    this.#settings.apply(config.global, before.global);
    next.begin();
    this.#tellPatterns();
    for (const { id } of old.checks()) if (!next.check(id)) this.#forget(id);
    for (const unit of next.checks()) {
      if (!old.check(unit.id)) {
        this.#tellActivity(unit, true);
        this.#schedule(unit, bootstrap);
        continue;
      }
      const at = this.#agenda.at(unit.id);
      const latest = this.#clock.now() + unit.check.timing.delayLoop;
      if (at !== undefined && at > latest) this.#agenda.set(unit.id, latest);
    }
    this.#keeper.want(new Wanted(next.virtuals));
    this.#push(this.#readable);
    this.#arm();
  }

  /**
   * Ends: takes our services away, unless they are to be kept, tells what the file wants told (omega), and lets everything go that it
   * holds. Resolves when nothing is under way any more.
   */
  async stop({ keepServices = false }: { keepServices?: boolean } = {}): Promise<void> {
    if (this.#state !== "running") return;
    this.#state = "stopped";
    this.#timer?.cancel();
    this.#look?.cancel();
    this.#settle?.();
    this.#files?.stop();
    for (const { stop } of this.#asking.values()) stop.abort();
    if (!keepServices) {
      this.#machine.stop();
      this.#keeper.clear(this.#config.global.lvsFlushOnStop === "yes");
    }
    this.#settings.stop(this.#config.global);
    await Promise.all([...this.#asking.values()].map(({ over }) => over));
    this.#sockets?.close();
    this.#keeper.close();
  }

  /** A BFD session has come up or gone down. */
  bfd(name: string, up: boolean): void {
    if (this.#state !== "running") return;
    this.#machine.bfdChanged(name, up);
    this.#pushSoon();
  }

  /** Which addresses this host has: virtual servers with ha_suspend are checked while theirs is among them. */
  vips(present: Iterable<string | IpAddress>): void {
    const before = new Map(this.#machine.virtuals.map((virtual) => [virtual, this.#isEnabled(virtual)]));
    this.#vips = addresses(present);
    if (this.#state !== "running") return;
    for (const virtual of this.#machine.virtuals) {
      const enabled = this.#isEnabled(virtual);
      if (enabled === before.get(virtual)) continue;
      for (const { checks } of virtual.servers)
        for (const unit of checks) {
          this.#tellActivity(unit, false);
          // The VIP has just come: nobody waits a whole round for the first answer.
          if (enabled && !this.#asking.has(unit.id))
            this.#agenda.set(unit.id, this.#clock.now() + this.#random() * bootstrap);
        }
    }
    this.#arm();
  }

  /** A VRRP instance is in another state: lvs_sync_daemon may follow it. */
  instance(name: string, master: boolean): void {
    this.#settings.follow(name, master, this.#config.global, this.#state === "running");
  }

  snapshot(): CheckerSnapshot {
    const problem = this.#keeper.problem;
    return {
      version: 1,
      virtualServers: this.#machine.virtuals.map((virtual) => ({
        name: virtual.name,
        services: virtual.services.map(({ id }) => serviceIdText(id)),
        quorumUp: virtual.quorumUp,
        quorum: virtual.quorum,
        hysteresis: virtual.hysteresis,
        weight: livingWeight(virtual),
        sorry: virtual.sorryAlive,
        servers: virtual.servers.map(({ name, spec, alive, weight, checks }) => ({
          name,
          address: `${spec.address}`,
          port: spec.port,
          alive,
          weight: realWeight(weight),
          configuredWeight: spec.weight,
          checks: checks.map((unit) => this.#statusOf(unit)),
        })),
      })),
      ...(problem !== undefined && { planeProblem: problem }),
      memory: this.#machine.memory(),
      held: this.#keeper.held(),
      vips: this.#vips.map(String),
    };
  }

  get #world(): MachineWorld {
    const { log, onEvent } = this.#deps;
    return { log: (line) => log.info(line), event: onEvent };
  }

  #statusOf({ id, check, state, server }: CheckUnit) {
    const record = this.#records.get(id);
    return {
      kind: check.kind,
      up: state.up,
      hasRun: state.hasRun,
      enabled: this.#isEnabled(server.virtual),
      tries: state.tries,
      weight: state.weight,
      counts: { ...(record?.counts ?? { passed: 0, failed: 0, unknown: 0 }) },
      detail: record?.detail ?? "",
    };
  }

  /** The tracked files' numbers now; later ones come to the machine. */
  #watchFiles(): ReadonlyMap<string, number> {
    this.#files?.stop();
    const used = new Set<string>();
    for (const { servers } of this.#config.virtualServers)
      for (const { checks } of servers)
        for (const check of checks) if (check.kind === "FILE_CHECK") used.add(check.trackFile);
    const numbers = new Map<string, number>();
    let first = true;
    const tell = (name: string, status: number) => {
      numbers.set(name, status);
      if (first || this.#state !== "running") return;
      this.#machine.fileChanged(name, status);
      this.#pushSoon();
    };
    const files = this.#config.trackFiles.filter(({ name }) => used.has(name));
    this.#files = files.length > 0 ? (this.#deps.trackFiles ?? watchFiles)(files, tell) : undefined;
    first = false;
    return numbers;
  }

  #random(): number {
    return (this.#deps.random ?? Math.random)();
  }

  #schedule(unit: CheckUnit, after: number): void {
    const { kind, timing } = unit.check;
    if (kind === "FILE_CHECK" || kind === "BFD_CHECK") return;
    // Somebody who takes over spreads his checks just as well.
    this.#agenda.set(unit.id, this.#clock.now() + after + this.#random() * timing.warmup);
  }

  #forget(id: string): void {
    this.#agenda.remove(id);
    this.#records.delete(id);
    this.#asking.get(id)?.stop.abort();
  }

  #arm(): void {
    const at = this.#agenda.next();
    if (at === undefined || this.#state !== "running" || this.#timer?.at === at) return;
    this.#timer?.cancel();
    const cancel = this.#clock.after(at - this.#clock.now(), () => {
      this.#timer = undefined;
      this.#begin();
      this.#arm();
    });
    this.#timer = { at, cancel };
  }

  /** Asks whoever is due. */
  #begin(): void {
    const now = this.#clock.now();
    for (const { key, at } of this.#agenda.due(now)) {
      const unit = this.#machine.check(key);
      if (!unit) continue;
      // Its former question is being called off.
      if (this.#asking.has(key)) this.#agenda.set(key, now + bootstrap);
      else if (this.#isEnabled(unit.server.virtual)) this.#ask(unit, at);
      else this.#agenda.set(key, at + unit.check.timing.delayLoop);
    }
  }

  #ask({ id, check, server, state }: CheckUnit, due: number): void {
    const stop = new AbortController();
    const question = { check, virtual: server.virtual.spec, server: server.spec, url: state.url };
    const world = {
      runScript: this.#deps.runScript,
      sockets: () => (this.#sockets ??= new ReadySet()),
      ...(this.#config.ssl && { ssl: this.#config.ssl }),
    };
    const over = (this.#deps.ask ?? askServer)(question, world, stop.signal).then((answer) => {
      this.#asking.delete(id);
      if (!stop.signal.aborted) this.#take(id, answer, due);
    });
    this.#asking.set(id, { stop, over });
  }

  #take(id: string, answer: Answer, due: number): void {
    const unit = this.#machine.check(id);
    if (!unit || this.#state !== "running") return;
    this.#record(unit, answer);
    const { delay, from } = advance(this.#machine.course(unit), answer, this.#machine.worldOf(unit));
    const now = this.#clock.now();
    // In step with when it was due, however late this process was; a check that took longer than its period is followed by a whole one.
    const inStep = due + delay;
    this.#agenda.set(id, from === "due" && inStep > now ? inStep : now + delay);
    this.#arm();
    this.#pushSoon();
  }

  #record(unit: CheckUnit, { outcome, detail, note }: Answer): void {
    const { log } = this.#deps;
    let record = this.#records.get(unit.id);
    if (!record) {
      record = { counts: { passed: 0, failed: 0, unknown: 0 }, detail: "", note: undefined };
      this.#records.set(unit.id, record);
    }
    record.counts[outcome]++;
    if (outcome === "unknown" && record.detail !== detail)
      log.warn(
        `${unit.check.kind} on service ${unit.server.name} could not be run (${detail}). Rescheduling.`,
      );
    if (note !== undefined && record.note !== note)
      log.info(`http_check for RS ${unit.server.name} VS ${unit.server.virtual.name}: ${note}`);
    record.detail = detail;
    record.note = note;
  }

  #isEnabled({ haSuspend, spec, group }: VirtualUnit): boolean {
    return !haSuspend || this.#vips.some((address) => hasAddress(spec, group, address));
  }

  #tellActivity({ server, check }: CheckUnit, atStart: boolean): void {
    if (check.kind === "FILE_CHECK" || check.kind === "BFD_CHECK") return;
    const enabled = this.#isEnabled(server.virtual);
    const verb = enabled ? "Activating" : atStart ? "Deactivating" : "Suspending";
    this.#deps.log.info(`${verb} healthchecker for service ${server.name} for VS ${server.virtual.name}`);
  }

  #tellPatterns(): void {
    const told = new Set<string>();
    for (const { check } of this.#machine.checks()) {
      if (check.kind !== "HTTP_GET" && check.kind !== "SSL_GET") continue;
      for (const { regex } of check.urls) {
        const problem = regex && patternProblem(regex);
        if (!regex || problem === undefined || told.has(regex.pattern)) continue;
        told.add(regex.pattern);
        this.#deps.log.error(
          `regex '${regex.pattern}' can't be run: ${problem}; its check never fails a server`,
        );
      }
    }
  }

  /** What comes in one turn of the event loop is one change of the data plane. */
  #pushSoon(): void {
    if (this.#machine.dirty.size === 0 || this.#settle || this.#state !== "running") return;
    this.#settle = this.#clock.after(0, () => {
      this.#settle = undefined;
      this.#push(this.#readable);
    });
  }

  /** Makes the data plane so; `readable`: it has been looked at what is there. Sees to it that it is looked at again. */
  #push(readable: boolean): void {
    for (const { services } of this.#machine.dirty) this.#keeper.touch(services);
    this.#machine.dirty.clear();
    this.#readable = readable;
    const at = this.#clock.now() + (readable && this.#keeper.apply() ? lookPeriod : again);
    if (this.#look && this.#look.at <= at) return;
    this.#look?.cancel();
    const cancel = this.#clock.after(at - this.#clock.now(), () => {
      this.#look = undefined;
      if (this.#readable) return this.#push(this.#keeper.verify());
      const adopted = this.#keeper.adopt(this.#inherited);
      // Timeouts and the sync daemon could not be set before.
      if (adopted) this.#settings.apply(this.#config.global);
      this.#push(adopted);
    });
    this.#look = { at, cancel };
  }
}

function addresses(texts: Iterable<string | IpAddress>): IpAddress[] {
  return [...texts].map((text) => IpAddress.parse(`${text}`)).filter((address) => address !== undefined);
}
