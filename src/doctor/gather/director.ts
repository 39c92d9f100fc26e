import { existsSync } from "node:fs";
import { join } from "node:path";
import { listPins, pinFolder } from "../../bpf/index.js";
import { endpointText, type ServiceStatus } from "../../ipvs/model.js";
import { placeKey } from "../../ipvs/place.js";
import type { Network } from "../../netlink/index.js";
import type {
  DirectorFacts,
  HostFacts,
  LinkFacts,
  ServerFacts,
  ServiceFacts,
  TunnelEndFacts,
} from "../facts.js";
import { readHeldWeights } from "./held-weights.js";

// What needs the packet program's declarations is imported where there is a program: that takes longer than all the rest.

/** The director of this network namespace, if there is one: needs root. */
export async function readDirector(): Promise<{ director?: DirectorFacts; services: ServiceFacts[] }> {
  if (!existsSync(join(pinFolder(), "settings"))) return { services: [] };
  const xdp = await import("../../dataplane/xdp/index.js");
  const host = new xdp.HostNetwork();
  const plane = new xdp.XdpPlane();
  const state = xdp.DirectorState.open();
  try {
    if (!state) return { services: [] };
    const { connections, entries, growing } = state.tableUse();
    const attached = xdp.attachments(state, host).map(({ link, attachment }) => {
      const answers = xdp.answersAt(state, host, link);
      return { link: link.name, hook: attachment, ...(answers && { answers }) };
    });
    const held = readHeldWeights();
    const events = xdp.eventNames.map((name, i) => [name, Number(state.settings.events[i] ?? 0n)] as const);
    return {
      director: {
        attached,
        automatic: state.settings.chosen === 0,
        table: { entries, connections, growing },
        events: Object.fromEntries(events),
      },
      services: plane.services().map((service) => serviceFacts(service, held)),
    };
  } finally {
    state?.close();
    plane.close();
    host.close();
  }
}

export function serviceFacts(
  service: ServiceStatus,
  held: ReadonlyMap<string, NonNullable<ServerFacts["held"]>>,
): ServiceFacts {
  const { id } = service;
  const flag = { tcp: "-t", udp: "-u", sctp: "--sctp-service" };
  return {
    ...(id.kind === "address"
      ? {
          name: `${flag[id.protocol]} ${endpointText(id)}`,
          protocol: id.protocol,
          vip: id.address.toString(),
          port: id.port,
        }
      : { name: `-f ${id.mark}${id.family === 6 ? " -6" : ""}` }),
    scheduler: service.scheduler,
    persistent: service.persistence !== undefined,
    servers: service.servers.map((server) => {
      const holder = held.get(placeKey(id, server));
      return {
        address: server.address.toString(),
        port: server.port,
        method: server.method,
        weight: server.weight,
        upperThreshold: server.upperThreshold,
        lowerThreshold: server.lowerThreshold,
        ...(server.tunnel && { tunnel: server.tunnel }),
        connections: Number(server.counters.connections),
        ...(holder && { held: holder }),
      };
    }),
  };
}

/** What this host takes out of tunnels: needs root. */
export async function readTunnelEnds(
  links: readonly { index: number; name: string }[],
): Promise<TunnelEndFacts[]> {
  const folder = pinFolder(undefined, "server");
  const pins = listPins(folder);
  if (pins.length === 0) return [];
  const xdp = await import("../../dataplane/xdp/index.js");
  const withPin = (pattern: RegExp) =>
    links
      .filter(({ index }) => pins.some((pin) => Number(pattern.exec(pin)?.[1]) === index))
      .map(({ name }) => name);
  return xdp.tunnelEnds().map(({ vip, types }) => ({
    vip: vip.toString(),
    ipip: types.ipip,
    gre: types.gre,
    ...(types.gue !== undefined && { gue: types.gue }),
    links: withPin(/^(?:link|filter)_(\d+)$/),
    clamped: withPin(/^answers_(\d+)$/),
  }));
}

/** A lab's tunl0, if this host has one. */
export async function readStandIn(
  network: Network,
  links: readonly LinkFacts[],
): Promise<HostFacts["standIn"]> {
  const device = links.find(({ name, kind }) => name === "tunl0" && kind === "tun");
  if (!device) return undefined;
  const { unwrappedAt } = await import("../../dataplane/xdp/index.js");
  return { device: device.name, links: unwrappedAt(network, links).map(({ name }) => name) };
}
