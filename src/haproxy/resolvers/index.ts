export type { SystemLookup } from "./first-address.js";
export { ServerNames } from "./names.js";
export { resolvConfServers } from "./resolv-conf.js";
export { ResolverSection, type ResolverWorld } from "./section.js";
export { resolverCounters, showResolvers } from "./show.js";
