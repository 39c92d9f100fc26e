export { PeersSection, type PeersWorld } from "./section.js";
export { showPeers } from "./show.js";
