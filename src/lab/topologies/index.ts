import { RondoError } from "../../errors.js";
import { suggestion } from "../../nearest.js";
import type { Topology } from "../topology.js";
import { dr } from "./dr.js";
import { dr172 } from "./dr-172.js";
import { dr200 } from "./dr-200.js";
import { drStore } from "./dr-store.js";
import { haproxy } from "./haproxy.js";
import { haproxyKeepalived } from "./haproxy-keepalived.js";
import { keepalivedDr, keepalivedMixed } from "./keepalived-dr.js";
import { keepalivedWeb } from "./keepalived-web.js";
import { nat } from "./nat.js";
import { nat8 } from "./nat-8.js";
import { natStore } from "./nat-store.js";
import { nginx, nginxStream } from "./nginx.js";
import { nginxKeepalived } from "./nginx-keepalived.js";
import { tun } from "./tun.js";

/** All that there are, in the order in which one learns them. */
export const topologies: readonly Topology[] = [
  nat,
  nat8,
  tun,
  dr,
  dr200,
  dr172,
  natStore,
  drStore,
  keepalivedWeb,
  keepalivedDr,
  keepalivedMixed,
  haproxy,
  haproxyKeepalived,
  nginx,
  nginxStream,
  nginxKeepalived,
];

/** @throws RondoError "unknown-topology", with the name that may have been meant. */
export function topologyNamed(name: string): Topology {
  const found = topologies.find((topology) => topology.name === name);
  if (found) return found;
  const names = topologies.map((topology) => topology.name);
  throw new RondoError("unknown-topology", `there is no topology "${name}"`, {
    remedy: suggestion(name, names) ?? `There are: ${names.join(", ")}.`,
  });
}
