import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import type { GlobalDefs, VrrpInstance } from "../../src/config/keepalived/model/index.js";
import type { Log } from "../../src/errors.js";
import {
  AF_PACKET,
  bind,
  close,
  packetAddress,
  ReadySet,
  receive,
  runScript,
  SOCK_NONBLOCK,
  SOCK_RAW,
  socket,
  withNetworkNamespace,
} from "../../src/sys/index.js";
import {
  type VrrpEvent,
  VrrpRole,
  type VrrpRoleConfig,
  type VrrpRoleDependencies,
} from "../../src/vrrp/index.js";
import { config, instance } from "../vrrp/settings.js";
import { ip, type Place, places } from "./netlink-places.js";

export interface VrrpHosts {
  /** 192.168.4.11 and .12, each with eth0 on one switch. */
  readonly hosts: readonly [Place, Place];
  /** 192.168.4.13. */
  readonly client: Place;
  readonly ready: ReadySet;
  /** Frames that come to the client, as they come. */
  readonly frames: Buffer[];
}

const mac = (number: number) => `02:00:00:00:04:${number}`;

/** Two routers and a client on a switch. */
export function vrrpHosts(t: TestContext): VrrpHosts | undefined {
  const made = places(t, 4);
  if (!made) return undefined;
  const [one, two, client, middle] = made as [Place, Place, Place, Place];
  middle.network.links.createBridge({ name: "br0", mac: "02:00:00:00:04:00", up: true });
  for (const [index, host] of [one, two, client].entries()) {
    const number = 11 + index;
    const peer = { name: "eth0", mac: mac(number), namespace: host.namespace };
    middle.network.links.createVeth({ name: `port${number}`, up: true, peer });
    middle.network.links.change(`port${number}`, { master: "br0" });
    host.network.links.change("eth0", { addressGeneration: "none" });
    host.network.links.up("eth0");
    host.network.addresses.add("eth0", { address: ip(`192.168.4.${number}`), prefixLength: 24 });
    host.network.addresses.add("eth0", {
      address: ip(`fe80::${number}`),
      prefixLength: 64,
      noDuplicateDetection: true,
    });
  }
  const ready = new ReadySet();
  const frames = capture(t, client, ready);
  t.after(() => ready.close());
  return { hosts: [one, two], client, ready, frames };
}

function capture(t: TestContext, place: Place, ready: ReadySet): Buffer[] {
  const frames: Buffer[] = [];
  const everything = 0x0003;
  const fd = withNetworkNamespace(place.namespace, () => socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK, 0));
  bind(fd, packetAddress(everything, place.network.links.get("eth0").index));
  const buffer = Buffer.alloc(2048);
  ready.add(fd, () => {
    for (let length = receive(fd, buffer); length !== undefined; length = receive(fd, buffer))
      frames.push(Buffer.from(buffer.subarray(0, length)));
  });
  t.after(() => {
    ready.remove(fd);
    close(fd);
  });
  return frames;
}

/** Version 3 with 100 ms, so that things come soon; the VIP is 192.168.4.80. */
export const fast = (some: Partial<VrrpInstance> = {}): VrrpInstance =>
  instance({ version: 3, advertInterval: 100, ...some });

export function roleConfig(
  instances: readonly VrrpInstance[],
  some: Omit<Partial<VrrpRoleConfig>, "global"> & { global?: Partial<GlobalDefs> } = {},
): VrrpRoleConfig {
  const global = { vmacPrefix: "vrrp", vmacAddressPrefix: "vrrp", defaultInterface: "eth0", ...some.global };
  const base = config(instances, { ...some, global });
  return {
    staticAddresses: [],
    staticRoutes: [],
    staticRules: [],
    trackGroups: [],
    interfaceDelays: [],
    ...some,
    ...base,
  };
}

export interface RunningRole {
  readonly role: VrrpRole;
  readonly lines: string[];
  readonly events: VrrpEvent[];
  /** "MASTER", "BACKUP" ... in their order. */
  readonly states: string[];
}

export function runRole(
  t: TestContext,
  { ready }: VrrpHosts,
  host: Place,
  wanted: VrrpRoleConfig,
  more: Partial<VrrpRoleDependencies> & { handover?: Parameters<VrrpRole["start"]>[0] } = {},
): RunningRole {
  const lines: string[] = [];
  const events: VrrpEvent[] = [];
  const states: string[] = [];
  const write = (line: string) => void lines.push(line);
  const log: Log = { debug: write, info: write, warn: write, error: write };
  const role = new VrrpRole(wanted, {
    log,
    ready,
    namespace: host.namespace,
    logDetail: true,
    runScript: ({ argv }, options) => runScript({ argv }, options),
    onEvent: (event) => {
      events.push(event);
      if (event.kind === "transition") states.push(event.to);
    },
    ...more,
  });
  role.start(more.handover);
  t.after(() => role.stop(false));
  return { role, lines, events, states };
}

/** Waits for something that other code does on this thread. */
export async function eventually<T>(
  what: string,
  probe: () => T | undefined | false,
  limit = 20_000,
): Promise<T> {
  for (const end = performance.now() + limit; ; ) {
    const value = probe();
    if (value) return value;
    if (performance.now() > end) assert.fail(`${what} did not happen in ${limit / 1000} s`);
    await pause(5);
  }
}

export const has = (host: Place, address: string, device = "eth0") =>
  host.network.addresses.list(device).find((one) => one.address.equals(ip(address)));
