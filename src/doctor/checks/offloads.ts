import { typed } from "../../sys/index.js";
import { type Cluster, otherEnds } from "../cluster.js";
import { on } from "../commands.js";
import type { HostFacts, LinkFacts } from "../facts.js";
import type { Check } from "../finding.js";
import { holds } from "../routing.js";

/**
 * Native XDP on a veth hands packets on as they are: a checksum that the sender has left to the device is never computed, and
 * the other end takes what is redirected to it only with GRO (or a program of its own). At tc the kernel sees to both.
 */
export const offloads: Check = {
  codes: {
    "tx-checksum": {
      severity: "error",
      shows: "packets arrive with wrong checksums and are dropped: pings are answered, connections hang",
    },
    "gro-off": {
      severity: "error",
      shows: "what the director sends on by this interface never arrives, and nothing counts it",
    },
  },
  *look(cluster) {
    for (const { director, link } of natively(cluster)) {
      for (const host of cluster.hosts) {
        const sending = host.links.filter(
          (each) => each.kind === "veth" && each.tx === true && each.up && !each.port,
        );
        for (const each of sending.filter(({ name }) => areNear(host, name, director, link.name)))
          yield {
            code: "tx-checksum",
            host: host.host,
            what: `${each.name} leaves checksums to the device, and the director takes its packets by native XDP`,
            mend: on(host, typed`ethtool -K ${each.name} tx off`),
          };
      }
      for (const { host, end } of otherEnds(cluster.hosts, director, link))
        if (end.gro === false && !end.xdp)
          yield {
            code: "gro-off",
            host: host.host,
            what: `${end.name}, the other end of the director's ${link.name}, has GRO off and no XDP program`,
            mend: on(host, typed`ethtool -K ${end.name} gro on`),
          };
    }
  },
};

/** The veths that directors are at by native XDP, each once. */
const natively = ({ directors }: Cluster): { director: HostFacts; link: LinkFacts }[] =>
  directors.flatMap((director) =>
    director.links
      .filter(
        ({ name, kind }) =>
          kind === "veth" && director.director?.attached.some((at) => at.link === name && at.hook === "xdp"),
      )
      .map((link) => ({ director, link })),
  );

/** In one network, on different hosts. */
function areNear(host: HostFacts, name: string, director: HostFacts, link: string): boolean {
  if (host === director) return false;
  const own = host.addresses.filter((each) => each.link === name);
  return director.addresses
    .filter((each) => each.link === link)
    .some(({ address, prefixLength }) =>
      own.some((each) => holds(`${address}/${prefixLength}`, each.address)),
    );
}
