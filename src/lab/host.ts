import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { RondoError } from "../errors.js";
import { type Network, openNetwork } from "../netlink/index.js";
import {
  close,
  createNetworkNamespace,
  mountedType,
  openNamespace,
  pinNamespace,
  signalProcess,
  unpinNamespace,
  withChildrenIn,
  withNetworkNamespace,
} from "../sys/index.js";
import { initOf, startInit, systemProgram } from "./host-init.js";
import { isAlive, type ProcessId } from "./processes.js";
import { folderOfHost, type HostState } from "./state.js";

/** NSFS_MAGIC (include/uapi/linux/magic.h): what a pinned namespace's file lies on. */
const nsfs = 0x6e736673;
/** How long to wait for a killed host's end, in milliseconds. */
const stopPatience = 1000;

/**
 * A host of a lab: what a machine is made of, held together. That is a network namespace, pinned under a path so that it lives
 * when no process is in it (and `ip netns exec` finds it), and, as long as it has power, a first process with mounts, process
 * ids and a name of its own. Whoever needs something of the host goes through here.
 *
 * One without a folder, as the switch is, is a network and no more.
 */
export class Host {
  readonly name: string;
  /** "/run/netns/rondo-dr-web1" */
  readonly namespace: string;
  /** "/run/rondo/lab/dr/hosts/web1" */
  readonly folder: string | undefined;

  constructor(name: string, namespace: string, folder?: string) {
    this.name = name;
    this.namespace = namespace;
    this.folder = folder;
  }

  /** A host as it is recorded. */
  static of(lab: string, { name, role, namespace }: HostState): Host {
    return new Host(name, namespace, role === "switch" ? undefined : folderOfHost(lab, name));
  }

  /** Makes the namespace. @throws RondoError "namespace-exists" */
  create(): void {
    const fd = createNetworkNamespace();
    try {
      pinNamespace(fd, this.namespace);
    } finally {
      close(fd);
    }
  }

  /**
   * Starts its first process; the network has to be there. `files` is what its disk has when it is new.
   * @throws RondoError "no-host"
   */
  async start(files: Readonly<Record<string, string>> = {}): Promise<void> {
    const { name, folder } = this;
    if (folder === undefined) return;
    await startInit({ name, folder, files, within: (work) => this.within(work) });
  }

  /** Its first process, if it has power. */
  get init(): ProcessId | undefined {
    const init = this.folder === undefined ? undefined : initOf(this.folder);
    return init && isAlive(init) ? init : undefined;
  }

  /** Its root folder, as it is seen from the machine. @throws RondoError "host-off" */
  get root(): string {
    return this.folder === undefined ? "/" : `/proc/${this.#power().pid}/root`;
  }

  /** Whether programs can run on it. */
  get isOn(): boolean {
    return this.exists && (this.folder === undefined || this.init !== undefined);
  }

  /** Takes its first process's life, and with it that of all others. */
  async stop(): Promise<void> {
    const init = this.init;
    if (!init) return;
    signalProcess(init.pid, "SIGKILL");
    // It ends once all others are taken away; those whose parents are elsewhere are in their hands.
    for (let waited = 0; waited < stopPatience && isAlive(init); waited += 5) await sleep(5);
  }

  /** Lets go of the namespace; it ends with the last process in it. A second call does nothing. */
  remove(): void {
    unpinNamespace(this.namespace);
  }

  get exists(): boolean {
    return existsSync(this.namespace) && mountedType(this.namespace) === nsfs;
  }

  /** Does synchronous work with the calling thread in this host's network; files and process ids stay the machine's. */
  within<T>(work: () => T): T {
    return this.withDescriptor((fd) => withNetworkNamespace(fd, work));
  }

  /** Gives the network namespace's descriptor for as long as the work takes. */
  withDescriptor<T>(work: (fd: number) => T): T {
    if (!this.exists)
      throw new RondoError(
        "host-gone",
        `the network of host ${this.name} is gone: nothing is at ${this.namespace}`,
        {
          remedy: "Take what is left of the lab down with `rondo lab down`, and bring it up again.",
        },
      );
    const fd = openNamespace(this.namespace);
    try {
      return work(fd);
    } finally {
      close(fd);
    }
  }

  /** The host's network over netlink. Close it after use. */
  network(): Network {
    return this.withDescriptor((namespace) => openNetwork({ namespace }));
  }

  /**
   * Starts a program on this host. It is this process's child, with a process id of the machine's, too; its working directory
   * is `/`.
   * @throws RondoError "host-gone", "host-off"
   */
  spawn(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
    // A child is born in the network, and in the process ids, that its parent's thread has set.
    if (this.folder === undefined) return this.within(() => spawn(command, args, options));
    return this.within(() =>
      this.#withProcessIds((init) => {
        const own = [`--mount=/proc/${init.pid}/ns/mnt`, `--uts=/proc/${init.pid}/ns/uts`];
        return spawn(systemProgram("nsenter"), [...own, "--", command, ...args], options);
      }),
    );
  }

  #withProcessIds<T>(work: (init: ProcessId) => T): T {
    const init = this.#power();
    const fd = openNamespace(`/proc/${init.pid}/ns/pid`);
    try {
      return withChildrenIn(fd, () => work(init));
    } finally {
      close(fd);
    }
  }

  #power(): ProcessId {
    const { init } = this;
    if (init) return init;
    throw new RondoError("host-off", `host ${this.name} is off: its first process has ended`, {
      remedy: "Take the lab down with `rondo lab down`, and bring it up again.",
    });
  }
}
