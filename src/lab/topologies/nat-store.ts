import type { Topology } from "../topology.js";
import { nat } from "./nat.js";
import { withStore } from "./parts.js";

/** `nat` in three layers: director, web servers, and a store that both web servers serve from. */
export const natStore: Topology = {
  ...withStore(nat),
  name: "nat-store",
  summary: "LVS-NAT with a shared store that both web servers serve from",
};
