import { shellWord, typed } from "../../sys/index.js";
import { hasAddress, linkOf } from "../cluster.js";
import { on } from "../commands.js";
import type { DirectorFacts, HostFacts } from "../facts.js";
import type { Check } from "../finding.js";
import { wayFrom } from "../routing.js";

/** The packet program has to be where clients' packets come in, and, for NAT, where servers' answers do. */
export const attachment: Check = {
  codes: {
    "not-attached": {
      severity: "error",
      shows: "the host itself gets the packets, and refuses the connections or passes on what servers answer",
    },
    "answers-unseen": {
      severity: "error",
      shows:
        "answers of the real server on the director itself leave with the wrong address, or aren't counted",
    },
  },
  *look({ directors }) {
    for (const host of directors) {
      const { director } = host;
      if (!director || host.services.length === 0) continue;
      const attached = new Set(director.attached.map(({ link }) => link));
      const missing = wanted(host, director).filter((link) => !attached.has(link));
      if (missing.length > 0)
        yield {
          code: "not-attached",
          host: host.host,
          what: `the director is not attached to ${missing.join(", ")}${director.automatic ? ", which came later: `rondo director watch` would have seen it come" : ""}`,
          mend: on(host, `rondo director attach${hookWords(director)} ${missing.map(shellWord).join(" ")}`),
        };
      const local = host.services.some(({ servers }) =>
        servers.some(({ address }) => hasAddress(host, address)),
      );
      const blind = director.attached.filter(({ answers }) => answers === undefined);
      if (local && blind.length > 0)
        yield {
          code: "answers-unseen",
          host: host.host,
          what: `a real server is on this host, and what it answers isn't looked at where it leaves by ${blind.map(({ link }) => link).join(", ")}`,
          mend: on(
            host,
            ...blind.map(({ link, hook }) => typed`rondo director attach --hook ${hookOf(hook)} ${link}`),
          ),
        };
    }
  },
};

/** If rondo chooses: all that fit. If a person does: where the VIPs are, and where NAT's answers come from. */
function wanted(host: HostFacts, { automatic, attached }: DirectorFacts): string[] {
  const fitting = host.links
    .filter(
      ({ ethernet, loopback, up, port, mac }) => ethernet && !loopback && up && !port && mac !== undefined,
    )
    .map(({ name }) => name);
  if (automatic || attached.length === 0) return fitting;
  const needed = new Set(
    host.services.flatMap(({ vip, servers }) => [
      ...(vip === undefined ? [] : [linkOf(host, vip)]),
      ...servers
        .filter(({ method, address }) => method === "masq" && !hasAddress(host, address))
        .map(({ address }) => wayFrom(host, address)?.link),
    ]),
  );
  return fitting.filter((link) => needed.has(link));
}

/** As at the other interfaces; where there are none, rondo's own choice. */
const hookWords = ({ attached: [first] }: DirectorFacts): string =>
  first ? ` --hook ${hookOf(first.hook)}` : "";

const hookOf = (hook: string): string => (hook === "tcx" ? "tc" : hook);
