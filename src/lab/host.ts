import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { RondoError } from "../errors.js";
import { type Network, openNetwork } from "../netlink/index.js";
import {
  close,
  createNetworkNamespace,
  enterNetworkNamespace,
  mountedType,
  openNamespace,
  pinNamespace,
  unpinNamespace,
  withNetworkNamespace,
} from "../sys/index.js";

/** NSFS_MAGIC (include/uapi/linux/magic.h): what a pinned namespace's file lies on. */
const nsfs = 0x6e736673;

/**
 * A host of a lab: what a machine is made of, held together. Today that is a network namespace, pinned under a path so
 * that it lives when no process is in it (and `ip netns exec` finds it). Whoever needs something of the host goes
 * through here, so that it may get more of its own.
 */
export class Host {
  readonly name: string;
  /** "/run/netns/rondo-dr-web1" */
  readonly namespace: string;

  constructor(name: string, namespace: string) {
    this.name = name;
    this.namespace = namespace;
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

  /** Lets go of the namespace; it ends with the last process in it. A second call does nothing. */
  remove(): void {
    unpinNamespace(this.namespace);
  }

  get exists(): boolean {
    return existsSync(this.namespace) && mountedType(this.namespace) === nsfs;
  }

  /** Does synchronous work with the calling thread in this host's network. */
  within<T>(work: () => T): T {
    return this.withDescriptor((fd) => withNetworkNamespace(fd, work));
  }

  /** Moves the calling thread into this host for good. */
  enter(): void {
    this.withDescriptor((fd) => enterNetworkNamespace(fd));
  }

  /** Gives the namespace's descriptor for as long as the work takes. */
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

  /** Starts a program on this host: a child is born in the network that its parent's thread is in. */
  spawn(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
    return this.within(() => spawn(command, args, options));
  }
}
