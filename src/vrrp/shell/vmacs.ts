import type { GlobalDefs, VrrpInstance } from "../../config/keepalived/model/index.js";
import type { Log } from "../../errors.js";
import { type Link, NetlinkError, type Network } from "../../netlink/index.js";
import type { IpAddress } from "../../wire/index.js";
import { virtualAddresses } from "../virtual-addresses.js";
import { BorrowedSettings, type SavedSettings } from "./borrowed-settings.js";
import { type Interfaces, linkLocalOf, ourProtocol } from "./interfaces.js";
import type { Place } from "./place.js";
import { keyOf, type WantedVmac, wantedBy } from "./wanted-vmacs.js";

const longestName = 15;

interface Vmac extends WantedVmac {
  readonly device: string;
  index: number;
}

const vmacSettings = { arp_ignore: 1, accept_local: 1, rp_filter: 0, promote_secondaries: 1 };

/** The devices with virtual routers' Ethernet addresses: makes those that are wanted, takes ours away again. */
export class Vmacs {
  readonly #place: Place;
  readonly #network: Network;
  readonly #interfaces: Interfaces;
  readonly #log: Log;
  readonly #beforeUp: () => void;
  readonly #made = new Map<string, Vmac>();
  /** Link-local addresses that vmacs were given, by index. */
  readonly #sources = new Map<number, IpAddress>();
  readonly #borrowed: BorrowedSettings;

  constructor(options: {
    place: Place;
    network: Network;
    interfaces: Interfaces;
    log: Log;
    /** Called when a device is made and not up yet. */
    beforeUp: () => void;
  }) {
    this.#place = options.place;
    this.#network = options.network;
    this.#interfaces = options.interfaces;
    this.#log = options.log;
    this.#beforeUp = options.beforeUp;
    this.#borrowed = new BorrowedSettings(options);
  }

  /** Has what the instances want, and nothing else. What can't be made yet (its interface isn't there) is tried again with the next call. */
  set(instances: readonly VrrpInstance[], global: GlobalDefs): void {
    const wanted = instances.flatMap(wantedBy);
    const keys = new Set(wanted.map(keyOf));
    for (const [key, vmac] of this.#made) if (!keys.has(key)) this.#remove(key, vmac);
    for (const one of wanted) {
      const key = keyOf(one);
      const made = this.#made.get(key);
      if (made && this.#interfaces.find(made.device)?.index === made.index) continue;
      if (made) this.#forget(key, made); // Somebody removed it.
      this.#make(key, one, global);
    }
  }

  /** The device that an instance's addresses go to; undefined: its interface. */
  deviceOf(instance: VrrpInstance, parent?: string): string | undefined {
    for (const vmac of this.#made.values())
      if (
        vmac.instance.name === instance.name &&
        (parent === undefined ? vmac.own : !vmac.own && vmac.parent === parent)
      )
        return vmac.device;
    return undefined;
  }

  isOurs(device: string): boolean {
    return [...this.#made.values()].some((vmac) => vmac.device === device);
  }

  /** Ours, with who uses them: for a firewall and for announcements. */
  get all(): readonly { device: string; index: number; parent: string; instance: string; own: boolean }[] {
    return [...this.#made.values()].map(({ device, index, parent, instance, own }) => ({
      device,
      index,
      parent,
      instance: instance.name,
      own,
    }));
  }

  /** IPv6: a vmac has its parent's link-local address, also when that becomes another one. */
  follow(parent: string): void {
    for (const vmac of this.#made.values())
      if (vmac.parent === parent) this.#giveSource(vmac.device, vmac.index, vmac);
  }

  #giveSource(device: string, index: number, { instance, kind, own }: WantedVmac): void {
    if (instance.family !== 6 || kind !== "macvlan" || !own || instance.vmacXmitBase) return;
    const source = sourceOfVmac(instance, this.#interfaces);
    const before = this.#sources.get(index);
    if (!source || before?.equals(source)) return;
    const { addresses } = this.#network;
    const common = { prefixLength: 64, noDuplicateDetection: true, protocol: ourProtocol };
    const [refusal] = addresses.replaceAll([{ link: index, address: { address: source, ...common } }]);
    if (refusal)
      this.#log.warn(`(${instance.name}) adding link-local address to ${device} failed: ${refusal.message}`);
    else this.#sources.set(index, source);
    if (before) addresses.removeAll([{ link: index, address: { address: before, ...common } }]);
  }

  /** What is to be given back at the end, for a process that takes over. */
  get saved(): SavedSettings {
    return this.#borrowed.saved;
  }

  /** Before the first {@link set}: what the process before this one has changed. */
  adopt(saved: SavedSettings): void {
    this.#borrowed.adopt(saved);
  }

  close(keep = false): void {
    if (!keep) for (const [key, vmac] of this.#made) this.#remove(key, vmac);
    this.#made.clear();
  }

  #make(key: string, wanted: WantedVmac, global: GlobalDefs): void {
    const parent = this.#interfaces.find(wanted.parent);
    if (!parent) return;
    const device = wanted.name === "" ? this.#freeName(wanted, global) : wanted.name;
    try {
      const link = this.#existing(device, parent, wanted) ?? this.#create(device, parent, wanted);
      this.#interfaces.learn(link);
      this.#made.set(key, { ...wanted, device, index: link.index });
      this.#configure(device, parent, wanted);
    } catch (error) {
      if (!(error instanceof NetlinkError)) throw error;
      this.#log.warn(
        `(${wanted.instance.name}): Unable to create ${wanted.kind === "macvlan" ? "VMAC" : "ipvlan"} interface ${device}: ${error.message}`,
      );
    }
  }

  /** What a former run left, if it is what is wanted; a macvlan that isn't is removed. */
  #existing(device: string, parent: Link, { kind, mac, instance }: WantedVmac): Link | undefined {
    const link = this.#interfaces.find(device);
    if (!link) return undefined;
    if (link.kind !== kind)
      throw new NetlinkError(`use ${device} of (${instance.name}), which is no ${kind} of ours`, 17);
    if (link.related === parent.index && (kind === "ipvlan" || link.mac?.equals(mac))) return link;
    this.#log.info(`(${instance.name}) Removing old VMAC interface ${device} due to conflicting interface`);
    this.#network.links.remove(link.index);
    return undefined;
  }

  #create(device: string, parent: Link, { kind, mac }: WantedVmac): Link {
    const { links } = this.#network;
    if (kind === "ipvlan") links.createIpvlan({ name: device, parent: parent.index });
    else links.createMacvlan({ name: device, parent: parent.index, mac, mode: "private" });
    return links.get(device);
  }

  #configure(device: string, parent: Link, wanted: WantedVmac): void {
    const { instance, kind } = wanted;
    const { links, addresses } = this.#network;
    if (instance.family === 4 && kind === "macvlan") {
      this.#borrowed.clearReversePathFilter();
      for (const [name, value] of Object.entries(vmacSettings))
        this.#place.writeSetting(4, device, name, value);
      this.#borrowed.useParent(parent.name);
    }
    const six = instance.family === 6 || hasOtherFamily(instance);
    this.#place.writeSetting(6, device, "disable_ipv6", six ? 0 : 1);
    try {
      links.change(device, { addressGeneration: "none" });
    } catch (error) {
      if (!(error instanceof NetlinkError)) throw error; // A kernel without IPv6.
    }
    this.#beforeUp(); // A link that comes up tells its groups to the network.
    links.up(device);
    if (kind === "ipvlan") {
      const { address } = instance.vmac ?? {};
      if (address) addresses.replace(device, { address, protocol: ourProtocol });
      return;
    }
    this.#giveSource(device, links.get(device).index, wanted);
  }

  #remove(key: string, vmac: Vmac): void {
    this.#forget(key, vmac);
    try {
      this.#network.links.remove(vmac.index);
    } catch (error) {
      if (!NetlinkError.is(error, "ENODEV")) throw error;
    }
  }

  #forget(key: string, vmac: Vmac): void {
    this.#made.delete(key);
    this.#sources.delete(vmac.index);
    if (vmac.instance.family === 4 && vmac.kind === "macvlan") this.#borrowed.leaveParent(vmac.parent);
  }

  /** vrrp.51; if that is taken vrrp6.51 for IPv6, else vrrp1.51, vrrp2.51 and so on. One of a former run is taken again. */
  #freeName(wanted: WantedVmac, global: GlobalDefs): string {
    const prefix = wanted.own ? global.vmacPrefix : global.vmacAddressPrefix;
    const id = wanted.instance.virtualRouterId;
    const first = wanted.instance.family === 6 ? ["", "6"] : [""];
    const further = Array.from({ length: 255 }, (_, i) => String(i + 1));
    for (const number of [...first, ...further]) {
      const tail = `${number}.${id}`;
      const name = `${prefix.slice(0, longestName - tail.length)}${tail}`;
      const link = this.#interfaces.find(name);
      const parent = this.#interfaces.find(wanted.parent);
      if (this.isOurs(name)) continue;
      if (
        !link ||
        (link.kind === wanted.kind && link.related === parent?.index && link.mac?.equals(wanted.mac))
      )
        return name;
    }
    return `${prefix.slice(0, 8)}.${id}`;
  }
}

/** The address that IPv6 advertisements of a vmac come from, and which it is given: its parent's, or one of its parent's MAC. */
export function sourceOfVmac(instance: VrrpInstance, interfaces: Interfaces) {
  const { address6 } = interfaces.facts(instance.interface) ?? {};
  const mac = interfaces.find(instance.interface)?.mac;
  return instance.sourceAddress ?? address6 ?? (mac && linkLocalOf(mac));
}

const hasOtherFamily = (instance: VrrpInstance) =>
  virtualAddresses(instance).some(({ address }) => address.family !== instance.family);
