import { readSysctl, withNetworkNamespace, writeSysctl } from "../../sys/index.js";

/** The network namespace that VRRP lives in: the thread's own, or that of a descriptor. */
export class Place {
  readonly namespace: number | undefined;

  constructor(namespace?: number) {
    this.namespace = namespace;
  }

  /** Does synchronous work there: sockets that are opened stay there, sysctls are that network's. */
  do<T>(work: () => T): T {
    return this.namespace === undefined ? work() : withNetworkNamespace(this.namespace, work);
  }

  /** A device's sysctl of IPv4 or IPv6; undefined if there is none (no such device, no IPv6). */
  readSetting(family: 4 | 6, device: string, name: string): string | undefined {
    try {
      return this.do(() => readSysctl(["net", `ipv${family}`, "conf", device, name]));
    } catch {
      return undefined;
    }
  }

  /** False if it couldn't be set. */
  writeSetting(family: 4 | 6, device: string, name: string, value: string | number): boolean {
    try {
      this.do(() => writeSysctl(["net", `ipv${family}`, "conf", device, name], value));
      return true;
    } catch {
      return false;
    }
  }
}
