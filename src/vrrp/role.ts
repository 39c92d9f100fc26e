import type { VrrpInstance } from "../config/keepalived/model/index.js";
import { type Log, RondoError } from "../errors.js";
import { type Network, openNetwork } from "../netlink/index.js";
import type { ReadySet } from "../sys/index.js";
import { type VrrpRoleConfig, withImpliedTracking } from "./role-config.js";
import { roleSnapshot, type VrrpRoleSnapshot } from "./role-snapshot.js";
import { VrrpRouter } from "./router.js";
import { settled } from "./settled.js";
import { AddressAnnouncements } from "./shell/address-announcements.js";
import { Advertiser } from "./shell/advertiser.js";
import { Announcer } from "./shell/announcer.js";
import { earsOf, placesOf } from "./shell/ears.js";
import { Estate } from "./shell/estate.js";
import { Firewall, refusedBy } from "./shell/firewall.js";
import { Interfaces } from "./shell/interfaces.js";
import { Overheard } from "./shell/overheard.js";
import { Place } from "./shell/place.js";
import { VrrpSockets } from "./shell/sockets.js";
import { Statics } from "./shell/statics.js";
import { sourceOfVmac, Vmacs } from "./shell/vmacs.js";
import { type RunScript, Trackers } from "./trackers/index.js";
import type { VrrpAction, VrrpCounters, VrrpEvent } from "./types.js";

/** What the role needs of who runs it. */
export interface VrrpRoleDependencies {
  readonly log: Log;
  /** Sockets are watched by it; the caller closes it after {@link VrrpRole.stop}. */
  readonly ready: ReadySet;
  readonly runScript: RunScript;
  /** Transitions, priorities, split brain, and "stopped". */
  readonly onEvent: (event: VrrpEvent) => void;
  /** Milliseconds of CLOCK_MONOTONIC, the default: all processes have the same. */
  readonly clock?: () => number;
  /** Descriptor of the network namespace to live in; by default the thread's own. */
  readonly namespace?: number;
  /** `--log-detail`. */
  readonly logDetail?: boolean;
  /** `--dont-release-vrrp`: who stops leaves addresses, routes and rules where they are. */
  readonly dontRelease?: boolean;
}

const longestTimer = 2 ** 31 - 1;
/**
 * VRRP on this host: {@link VrrpRouter} decides, and this does it: sockets, announcements, addresses, routes, rules, vmacs,
 * and what is tracked.
 *
 *     const role = new VrrpRole(config, { log, ready, runScript, onEvent });
 *     role.start();                     // or start(snapshot) after a process that died
 *     role.reload(otherConfig);
 *     await role.stop();                // make before break
 */
export class VrrpRole {
  readonly #dependencies: VrrpRoleDependencies;
  readonly #clock: () => number;
  readonly #place: Place;
  readonly #network: Network;
  readonly #interfaces: Interfaces;
  readonly #vmacs: Vmacs;
  readonly #estate: Estate;
  readonly #statics: Statics;
  readonly #sockets: VrrpSockets;
  readonly #advertiser: Advertiser;
  readonly #announcer: Announcer;
  readonly #announcements: AddressAnnouncements;
  readonly #overheard: Overheard;
  readonly #firewall: Firewall;
  readonly #trackers: Trackers;
  #config: VrrpRoleConfig;
  #router: VrrpRouter;
  /** Instances that a reload took away, until they have stopped. */
  #leaving: VrrpInstance[] = [];
  #timer: NodeJS.Timeout | undefined;
  #restoring: NodeJS.Immediate | undefined;
  #state: "new" | "running" | "stopping" | "stopped" = "new";
  #stopped: (() => void) | undefined;
  #stop: Promise<void> | undefined;

  constructor(config: VrrpRoleConfig, dependencies: VrrpRoleDependencies) {
    const { log, ready, namespace, runScript } = dependencies;
    this.#dependencies = dependencies;
    this.#clock = dependencies.clock ?? (() => Number(process.hrtime.bigint()) / 1e6);
    this.#config = withImpliedTracking(config);
    this.#place = new Place(namespace);
    this.#network = openNetwork(namespace === undefined ? {} : { namespace });
    const place = this.#place;
    const network = this.#network;
    this.#interfaces = new Interfaces({
      network,
      namespace,
      ready,
      isVirtual: (address) => this.#estate.isVirtual(address),
      changed: (name) => this.#interfaceChanged(name),
      appeared: (name) => this.#appeared(name),
      addressRemoved: (link, address) => {
        this.#estate.addressRemoved(link, address);
        if (this.#statics.concerns({ link, address })) this.#restoreSoon();
      },
      routeRemoved: (route) => {
        if (this.#estate.hasRoute(route.destination) || this.#statics.concerns({})) this.#restoreSoon();
      },
      ruleRemoved: () => {
        if (this.#estate.hasRules || this.#statics.concerns({})) this.#restoreSoon();
      },
    });
    const interfaces = this.#interfaces;
    this.#vmacs = new Vmacs({ place, network, interfaces, log, beforeUp: () => this.#wall() });
    this.#estate = new Estate({ place, network, interfaces, vmacs: this.#vmacs, log });
    this.#statics = new Statics({ network, interfaces, log });
    this.#announcer = new Announcer({ place, log });
    this.#announcements = new AddressAnnouncements({
      place,
      interfaces,
      vmacs: this.#vmacs,
      estate: this.#estate,
      announcer: this.#announcer,
    });
    this.#firewall = new Firewall({ place, log });
    this.#sockets = new VrrpSockets({
      place,
      ready,
      log,
      heard: (packet) => this.#do(() => this.#router.receive(packet, this.#clock())),
    });
    this.#advertiser = new Advertiser({ sockets: this.#sockets, vmacs: this.#vmacs, interfaces, log });
    this.#overheard = new Overheard({
      place,
      ready,
      log,
      heard: (address) => this.#do(() => this.#router.addressAnnounced(address, this.#clock())),
    });
    this.#trackers = new Trackers({
      log,
      ready,
      runScript,
      script: (name, good) => this.#tracked(() => this.#router.scriptResult(name, good, this.#clock())),
      file: (name, value) => this.#tracked(() => this.#router.fileChanged(name, value, this.#clock())),
      process: (name, good) => this.#tracked(() => this.#router.processChanged(name, good, this.#clock())),
    });
    this.#router = new VrrpRouter(this.#config);
  }

  /** Begins as BACKUP; with a snapshot of the process before this one it goes on without a transition. */
  start(handover?: VrrpRoleSnapshot): void {
    if (this.#state !== "new") throw new RondoError("vrrp-started", "this VRRP role was started already");
    this.#state = "running";
    const config = this.#config;
    this.#estate.configure(config.instances);
    this.#interfaces.start(config.interfaceDelays);
    if (handover) this.#vmacs.adopt(handover.saved);
    this.#vmacs.set(this.#instances(), config.global);
    this.#statics.set(config, config.global.defaultInterface);
    this.#trackers.set(config, handover === undefined, handover);
    this.#router = new VrrpRouter(config, {
      interfaces: new Map(this.#interfaces.names.map((name) => [name, this.#factsOf(name)!])),
      scripts: this.#trackers.scripts,
      files: this.#trackers.files,
      processes: this.#trackers.processes,
      bfds: new Map(Object.entries(handover?.bfds ?? {})),
    });
    this.#listen();
    this.#do(() =>
      handover ? this.#router.resume(handover, this.#clock()) : this.#router.start(this.#clock()),
    );
  }

  /** Another configuration; instances that stay what they are have no transition. */
  reload(config: VrrpRoleConfig): void {
    if (this.#state !== "running") return;
    const before = this.#instances();
    this.#config = withImpliedTracking(config);
    const next = this.#config;
    this.#estate.configure([...next.instances, ...before]);
    this.#interfaces.setDelays(next.interfaceDelays);
    this.#vmacs.set([...next.instances.map(settled), ...before], next.global);
    this.#statics.set(next, next.global.defaultInterface);
    this.#trackers.set(next, false);
    const { facts } = this.#router;
    for (const [name, value] of this.#trackers.files) facts.files.set(name, value);
    for (const [name, good] of this.#trackers.processes) facts.processes.set(name, good);
    for (const [name, good] of this.#trackers.scripts) facts.scripts.set(name, good);
    this.#do(() => {
      const machines = new Map(this.#router.machines);
      const old = new Map([...machines].map(([name, { settings }]) => [name, settings]));
      const actions = this.#router.reload(next, this.#clock());
      for (const [name, machine] of machines)
        if (this.#router.machines.get(name) !== machine && machine.state !== "STOPPED")
          this.#leaving.push(old.get(name)!);
      return actions;
    });
    this.#tidy();
  }

  /**
   * Stops: masters say priority 0 and keep their addresses until another router has announced itself, or a bound is over.
   * @param keep false: addresses go at once
   */
  stop(keep = true): Promise<void> {
    this.#stop ??= new Promise((resolve) => {
      if (this.#state !== "running") {
        this.#close();
        resolve();
        return;
      }
      this.#state = "stopping";
      this.#stopped = resolve;
      this.#do(() => this.#router.stop(this.#clock(), keep && !this.#dependencies.dontRelease));
    });
    return this.#stop;
  }

  /** A BFD session went up or down. */
  bfdChanged(name: string, up: boolean): void {
    this.#tracked(() => this.#router.bfdChanged(name, up, this.#clock()));
  }

  snapshot(): VrrpRoleSnapshot {
    const parts = {
      router: this.#router,
      interfaces: this.#interfaces,
      estate: this.#estate,
      vmacs: this.#vmacs,
      trackers: this.#trackers,
    };
    return roleSnapshot(parts, this.#clock());
  }

  /** Counters of each instance. */
  statistics(): Readonly<Record<string, VrrpCounters>> {
    return Object.fromEntries(
      [...this.#router.machines].map(([name, { counters }]) => [name, { ...counters }]),
    );
  }

  /** Has the router decide, does what it says, and looks at the clock again. */
  #do(decide: () => VrrpAction[]): void {
    if (this.#state === "stopped" || this.#state === "new") return;
    let last = false;
    for (const action of decide()) {
      try {
        this.#perform(action);
      } catch (error) {
        // One device that fails, or an instance with more than fits into a packet, must not keep the others from their turn.
        if (!(error instanceof RondoError) && !(error instanceof RangeError)) throw error;
        this.#dependencies.log.error(`${action.kind}: ${error.message}`);
      }
      if (action.kind === "stopped") last = true;
    }
    if (last) this.#finish();
    else this.#arm();
  }

  #tracked(decide: () => VrrpAction[]): void {
    if (this.#state === "running") this.#do(decide);
  }

  #perform(action: VrrpAction): void {
    const { log, onEvent, logDetail, dontRelease } = this.#dependencies;
    switch (action.kind) {
      case "advertise":
        this.#advertiser.send(action);
        break;
      case "install":
        this.#wall(action.settings);
        this.#estate.install(action.settings);
        break;
      case "remove":
        this.#announcer.cancel(action.instance);
        if (dontRelease && this.#state === "stopping") this.#estate.abandon(action.settings);
        else this.#estate.remove(action.settings);
        this.#wall();
        break;
      case "replace":
        this.#wall(action.after);
        this.#estate.replace(action.before, action.after);
        this.#wall();
        break;
      case "announce":
        this.#announcements.all(action.settings, action.rounds);
        break;
      case "announce-vmac":
        this.#announcements.ofOtherVmacs(action.settings);
        break;
      case "announce-source":
        this.#announcements.source(action.settings, action.source);
        break;
      case "log":
        if (!action.detail || logDetail) log[action.level](action.text);
        break;
      case "transition":
        if (action.to === "STOPPED" && this.#state === "running") this.#left(action.instance);
        onEvent(action);
        break;
      default:
        onEvent(action);
    }
  }

  /** All that are to be heard: of the configuration, and those that are about to stop. */
  #instances(): VrrpInstance[] {
    const running = this.#router.machines;
    const current = this.#config.instances.map((one) => running.get(one.name)?.settings ?? settled(one));
    return [...current, ...this.#leaving];
  }

  #listen(): void {
    if (this.#state === "stopped" || this.#state === "new") return;
    const { global } = this.#config;
    const around = { global, facts: this.#router.facts, interfaces: this.#interfaces, vmacs: this.#vmacs };
    this.#sockets.listen(earsOf(this.#instances(), around));
  }

  /** What an interface is, with the address that a vmac on it may be given. */
  #factsOf(name: string) {
    const facts = this.#interfaces.facts(name);
    if (!facts || facts.address6) return facts;
    const six = this.#config.instances.find(
      ({ family, vmac, interface: own }) => family === 6 && vmac?.kind === "macvlan" && own === name,
    );
    const address6 = six && sourceOfVmac(six, this.#interfaces);
    return address6 ? { ...facts, address6 } : facts;
  }

  #interfaceChanged(name: string): void {
    if (this.#state === "new" || this.#state === "stopped") return;
    this.#vmacs.follow(name);
    const facts = this.#factsOf(name);
    this.#listenAfter(() => this.#router.interfaceChanged(name, facts, this.#clock()));
    // IPv4 routes go with an interface that goes down, without a word of the kernel.
    if (facts?.up) this.#restoreSoon();
  }

  /** Sockets first, so that what is sent has a way. */
  #listenAfter(decide: () => VrrpAction[]): void {
    this.#do(() => {
      const actions = decide();
      this.#listen();
      return actions;
    });
  }

  #appeared(name: string): void {
    if (this.#state === "new" || this.#state === "stopped") return;
    this.#vmacs.set(this.#instances(), this.#config.global);
    this.#listen();
    this.#estate.deviceAppeared(name);
    this.#statics.restore();
    this.#wall();
  }

  /** An instance that a reload took away has stopped. */
  #left(name: string): void {
    this.#leaving = this.#leaving.filter((instance) => instance.name !== name);
    setImmediate(() => this.#tidy());
  }

  /** What only instances that are gone had is taken away. */
  #tidy(): void {
    if (this.#state !== "running") return;
    this.#estate.configure(this.#instances());
    this.#vmacs.set(this.#instances(), this.#config.global);
    this.#listen();
    this.#wall();
  }

  #restoreSoon(): void {
    if (this.#state !== "running") return;
    this.#restoring ??= setImmediate(() => {
      this.#restoring = undefined;
      if (this.#state !== "running") return;
      this.#estate.restoreWays();
      this.#statics.restore();
    });
  }

  /** @param coming one that is about to have its addresses: nothing of it gets through even for a moment */
  #wall(coming?: VrrpInstance): void {
    const held = new Set(this.#estate.instances);
    if (coming) held.add(coming.name);
    const instances = this.#instances();
    this.#firewall.set({
      refused: instances.filter(({ name }) => held.has(name)).flatMap(refusedBy),
      quiet: this.#vmacs.all.map(({ index, instance }) => ({
        device: index,
        family: instances.find(({ name }) => name === instance)?.family ?? 4,
      })),
    });
  }

  #arm(): void {
    this.#overhear();
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { deadline } = this.#router;
    if (deadline === undefined) return;
    const wait = Math.min(Math.max(0, deadline - this.#clock()), longestTimer);
    this.#timer = setTimeout(() => {
      // If this process was held up, timers come first; the master's advertisements lie in the queue.
      this.#sockets.hear();
      this.#do(() => this.#router.tick(this.#clock()));
    }, wait);
  }

  /** While somebody holds his addresses for the next master, that one's announcement is waited for. */
  #overhear(): void {
    if (this.#state !== "stopping" && this.#leaving.length === 0) {
      this.#overheard.listen([]);
      return;
    }
    const waiting = new Set(
      [...this.#router.machines.values()].filter(({ state }) => state === "STOPPING").map(({ name }) => name),
    );
    for (const { name } of this.#leaving) waiting.add(name);
    this.#overheard.listen(placesOf([...waiting].flatMap((name) => this.#estate.held(name))));
  }

  #finish(): void {
    const keep = this.#dependencies.dontRelease ?? false;
    this.#statics.close(keep);
    this.#vmacs.close(keep);
    this.#close();
    this.#stopped?.();
  }

  #close(): void {
    this.#state = "stopped";
    clearTimeout(this.#timer);
    if (this.#restoring) clearImmediate(this.#restoring);
    this.#trackers.close();
    this.#overheard.close();
    this.#sockets.close();
    this.#announcer.close();
    this.#estate.close();
    this.#firewall.close();
    this.#interfaces.close();
    this.#network.close();
  }
}
