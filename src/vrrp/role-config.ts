import type {
  GlobalDefs,
  KeepalivedConfig,
  Tracked,
  VrrpInstance,
} from "../config/keepalived/model/index.js";
import type { VrrpConfig } from "./router-config.js";

/** What the VRRP role needs of a configuration. */
export type VrrpRoleConfig = VrrpConfig &
  Pick<
    KeepalivedConfig,
    "staticAddresses" | "staticRoutes" | "staticRules" | "trackGroups" | "interfaceDelays"
  >;

/**
 * The configuration with what keepalived tracks unasked: the devices of an instance's routes and rules, unless they say
 * no_track, and those of static entries whose track_group names the instance.
 */
export function withImpliedTracking(config: VrrpRoleConfig): VrrpRoleConfig {
  return {
    ...config,
    instances: config.instances.map((instance) => {
      const devices = new Set([...devicesOfWays(instance), ...devicesOfGroups(instance, config)]);
      devices.delete(instance.interface);
      for (const { name } of instance.tracking.interfaces) devices.delete(name);
      if (instance.vmac?.name) devices.delete(instance.vmac.name);
      const implied = [...devices].map(
        (name): Tracked => ({ name, weight: 0, reverse: false, at: instance.at }),
      );
      const { tracking } = instance;
      return implied.length === 0
        ? instance
        : { ...instance, tracking: { ...tracking, interfaces: [...tracking.interfaces, ...implied] } };
    }),
  };
}

function devicesOfWays({ routes, rules }: Pick<VrrpInstance, "routes" | "rules">): string[] {
  const named = [
    ...routes.filter(({ noTrack }) => !noTrack).flatMap(({ hops }) => hops.map(({ device }) => device)),
    ...rules.filter(({ noTrack }) => !noTrack).flatMap(({ incoming, outgoing }) => [incoming, outgoing]),
  ];
  return named.filter((name) => name !== undefined);
}

function devicesOfGroups(instance: VrrpInstance, config: VrrpRoleConfig): string[] {
  const groups = new Set(
    config.trackGroups.filter(({ instances }) => instances.includes(instance.name)).map(({ name }) => name),
  );
  const tracked = <Entry extends { readonly trackGroup?: string }>(entries: readonly Entry[]) =>
    entries.filter(({ trackGroup }) => trackGroup !== undefined && groups.has(trackGroup));
  return [
    ...tracked(config.staticAddresses).map(({ device }) => device ?? config.global.defaultInterface),
    ...devicesOfWays({ routes: tracked(config.staticRoutes), rules: tracked(config.staticRules) }),
  ];
}

/** Bytes of the queue that an instance's socket gets; undefined: the kernel's default. */
export function receiveBufferOf(instance: VrrpInstance, global: GlobalDefs, mtu: number): number | undefined {
  if (instance.receiveBuffer !== undefined) return instance.receiveBuffer;
  const policy = global.receiveBuffers;
  if (!policy) return undefined;
  if (policy.policy === "MTU") return policy.multiplier * mtu;
  if (policy.policy !== "ADVERT") return policy.policy;
  const addresses = instance.addresses.length * (instance.family === 4 ? 4 : 16);
  const header = instance.family === 4 ? 20 : 0;
  const authentication = instance.version === 2 && instance.family === 4 ? 8 : 0;
  return policy.multiplier * (header + 8 + addresses + authentication);
}
