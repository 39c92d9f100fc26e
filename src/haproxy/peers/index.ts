export { PeersSection } from "./section.js";
export { showPeers } from "./show.js";
export type { PeersWorld } from "./world.js";
