import { nginxHttpFile } from "./nginx-files.js";
import { nginxProxy, proxyPair } from "./parts.js";

/** Two proxies with one VIP, which leaves a proxy that has ended. */
export const nginxKeepalived = proxyPair(
  "nginx",
  "Nginx with Keepalived: two proxies and one VIP, which leaves a proxy that has ended",
  nginxProxy,
  nginxHttpFile([
    { address: "192.168.2.100", weight: 1 },
    { address: "192.168.2.200", weight: 1 },
  ]),
);
