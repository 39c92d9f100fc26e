import { nginxHttpFile, nginxStreamFile } from "./nginx-files.js";
import { nginxProxy, oneProxy } from "./parts.js";

const backends = [
  { address: "192.168.2.100", weight: 2 },
  { address: "192.168.2.200", weight: 1 },
];

/** Nginx between two networks, at layer 7. */
export const nginx = oneProxy(
  "nginx",
  "Nginx at layer 7 between the client's network and that of two web servers, weights 2 and 1",
  "nginx",
  nginxProxy,
  nginxHttpFile(backends),
);

/** The same at layer 4. */
export const nginxStream = oneProxy(
  "nginx-stream",
  "Nginx at layer 4 between the client's network and that of two web servers, weights 2 and 1",
  "nginx",
  nginxProxy,
  nginxStreamFile(backends),
);
