import { typed } from "../../sys/index.js";
import { on } from "../commands.js";
import type { HostFacts, LinkFacts } from "../facts.js";
import type { Check } from "../finding.js";
import { holds } from "../routing.js";

/** On one network all have to take packets of one size: who is sent larger ones than his own drops them without a word. */
export const mtu: Check = {
  codes: {
    "mtu-mismatch": {
      severity: "error",
      shows: "small requests are answered, large ones hang",
    },
  },
  *look({ hosts }) {
    const ends = hosts.flatMap((host) =>
      host.links
        .filter(({ ethernet, up, loopback, port }) => ethernet && up && !loopback && !port)
        .map((link) => ({ host, link })),
    );
    for (const end of ends) {
      const others = ends.filter((other) => other.host !== end.host && meet(end, other));
      const usual = commonest([end, ...others].map(({ link }) => link.mtu));
      if (others.length < 2 || end.link.mtu === usual) continue;
      yield {
        code: "mtu-mismatch",
        host: end.host.host,
        what: `the MTU of ${end.link.name} is ${end.link.mtu}, and ${usual} everywhere else on its network`,
        mend: on(end.host, typed`ip link set ${end.link.name} mtu ${usual}`),
      };
    }
  },
};

interface End {
  readonly host: HostFacts;
  readonly link: LinkFacts;
}

/** Whether one's address is in the other's network. */
function meet(one: End, other: End): boolean {
  const own = one.host.addresses.filter(({ link }) => link === one.link.name);
  const theirs = other.host.addresses.filter(({ link }) => link === other.link.name);
  return own.some(({ address, prefixLength }) =>
    theirs.some((each) => holds(`${address}/${prefixLength}`, each.address)),
  );
}

/** The value that most have; of two, the greater one. */
function commonest(values: readonly number[]): number {
  const count = (value: number) => values.filter((each) => each === value).length;
  return [...values].sort((a, b) => count(b) - count(a) || b - a)[0]!;
}
