import type { Balance, HashType } from "../../config/haproxy/model/index.js";
import type { Algorithm } from "./algorithm.js";
import { First } from "./first.js";
import type { LbBackend } from "./lb-server.js";
import { LeastConnections } from "./least-connections.js";
import { Ring } from "./ring.js";
import { RoundRobin } from "./round-robin.js";
import { ServerMap } from "./server-map.js";

export interface BalanceSettings {
  readonly balance: Balance;
  readonly hashType: HashType;
  readonly balanceFactor: number;
  /** Configured weights of all servers. */
  readonly weights: readonly number[];
}

export function makeAlgorithm(backend: LbBackend, settings: BalanceSettings): Algorithm {
  switch (settings.balance.algorithm) {
    case "roundrobin":
      return new RoundRobin(backend);
    case "static-rr":
      return new ServerMap(backend, settings.weights, false);
    case "leastconn":
      return new LeastConnections(backend);
    case "first":
      return new First(backend);
    case "random":
      return new Ring(backend, { balanceFactor: settings.balanceFactor, draws: settings.balance.draws });
    default:
      return settings.hashType.method === "consistent"
        ? new Ring(backend, { balanceFactor: settings.balanceFactor })
        : new ServerMap(backend, settings.weights, true);
  }
}
