import type { Global } from "./process.js";
import type { ProxySection } from "./proxy.js";
import type { Cache, HttpErrors, Mailers, Peers, Program, Resolvers, Ring, Userlist } from "./sections.js";

/** What one or several haproxy.cfg mean together. Names are those of the files; references were checked when it was read. */
export interface HaproxyConfig {
  readonly files: readonly string[];
  readonly global: Global;
  readonly proxies: readonly ProxySection[]; // in the files' order
  readonly peers: readonly Peers[];
  readonly resolvers: readonly Resolvers[];
  readonly userlists: readonly Userlist[];
  readonly mailers: readonly Mailers[];
  readonly httpErrors: readonly HttpErrors[];
  readonly rings: readonly Ring[];
  readonly caches: readonly Cache[];
  readonly programs: readonly Program[];
}
