import { haproxyFileFor } from "./haproxy-files.js";
import { oneProxy, proxy } from "./parts.js";

/** HAProxy between two networks: clients connect to it, and it to the web servers, twice as often to the first. */
export const haproxy = oneProxy(
  "haproxy",
  "HAProxy between the client's network and that of two web servers, weights 2 and 1",
  "haproxy",
  proxy,
  haproxyFileFor([
    { address: "192.168.2.100", weight: 2 },
    { address: "192.168.2.200", weight: 1 },
  ]),
);
