import type { Topology } from "../topology.js";
import { dr } from "./dr.js";
import { withStore } from "./parts.js";

/** `dr` in three layers: director, web servers, and a store that both web servers serve from. */
export const drStore: Topology = {
  ...withStore(dr),
  name: "dr-store",
  summary: "LVS-DR with a shared store that both web servers serve from",
};
