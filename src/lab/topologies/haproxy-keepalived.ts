import { haproxyFileFor } from "./haproxy-files.js";
import { proxy, proxyPair } from "./parts.js";

/** Two proxies with one VIP, which leaves a proxy that has ended. */
export const haproxyKeepalived = proxyPair(
  "haproxy",
  "HAProxy with Keepalived: two proxies and one VIP, which leaves a proxy that has ended",
  proxy,
  haproxyFileFor([
    { address: "192.168.2.100", weight: 1 },
    { address: "192.168.2.200", weight: 1 },
  ]),
);
