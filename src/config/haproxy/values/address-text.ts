import { isIPv6 } from "node:net";
import type { SocketAddress } from "../model/address.js";

/** How listeners at an address are named: "unix@/run/a.sock", "ipv4@127.0.0.1:99" … one text for each of its ports (cli.c, listeners_setenv). */
export function addressTexts(address: SocketAddress): string[] {
  switch (address.kind) {
    case "unix":
      return [`unix@${address.path}`];
    case "abstract":
      return [`abns@${address.path}`];
    case "inet": {
      const { host, family, ports = { from: 0, to: 0 } } = address;
      const six = family === 6 || isIPv6(host);
      const where = six ? `ipv6@[${host || "::"}]` : `ipv4@${host || "0.0.0.0"}`;
      return Array.from({ length: ports.to - ports.from + 1 }, (_, at) => `${where}:${ports.from + at}`);
    }
    default:
      return "fd" in address ? [`${address.kind}@${address.fd}`] : [];
  }
}
