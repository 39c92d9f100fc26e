import type { HaproxyConfig } from "../../config/haproxy/model/index.js";
import type { SharedMemory } from "../../proxy/index.js";
import { Table } from "../tables/index.js";

/** The stick tables of a configuration, by name: those of proxies and those in peers sections. */
export function stickTables(config: HaproxyConfig, memory: SharedMemory): Map<string, Table> {
  const settings = [
    ...config.proxies.flatMap(({ stickTable }) => stickTable ?? []),
    ...config.peers.flatMap(({ tables }) => tables),
  ];
  return new Map(settings.map((table) => [table.name, new Table(table, memory)]));
}
