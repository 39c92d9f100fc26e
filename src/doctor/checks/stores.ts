import { typed } from "../../sys/index.js";
import { type Cluster, linkOf } from "../cluster.js";
import { endpoint, on } from "../commands.js";
import type { HostFacts, StoreFacts } from "../facts.js";
import type { Check, Found, Mend } from "../finding.js";
import { connectedNetwork } from "../routing.js";
import { stopsOf } from "./firewall.js";
import { linkTrouble } from "./links.js";

/** A web server that has files from a store. */
interface User {
  readonly host: HostFacts;
  readonly store: StoreFacts;
}

type Trouble = Pick<Found, "what" | "cure"> & { readonly mend: readonly Mend[] };

const words: Readonly<Record<Exclude<StoreFacts["result"], "answered">, string>> = {
  refused: "refuses connections: its file service does not run",
  silent: "does not answer",
  unreachable: "can't be reached",
  stuck: "accepts connections and answers nothing: its file service hangs",
  failing: "answers, but not with files",
};

/** Whether web servers reach the store that they have files from; and if not, what is wrong with it. */
export const stores: Check = {
  codes: {
    "store-gone": {
      severity: "error",
      shows:
        "pages that lie on the store are answered with 503 and the reason; the web servers' own pages go on",
    },
  },
  *look({ hosts }) {
    const users = hosts.flatMap((host) => (host.stores ?? []).map((store): User => ({ host, store })));
    const lost = users.filter(({ store }) => store.result !== "answered");
    for (const name of new Set(lost.map(({ store }) => store.name))) {
      const without = lost.filter(({ store }) => store.name === name);
      const host = hosts.find((each) => each.host === name);
      const hangs = users.every(({ store }) => store.name !== name || store.result === "stuck");
      const trouble = host && troubleAt(hosts, host, without, hangs);
      if (trouble) {
        const who = without.map((user) => user.host.host).join(", ");
        const what = `${who} can't have files from this store: ${trouble.what}`;
        yield { ...trouble, code: "store-gone", host: name, what };
      } else for (const user of without) yield seenBy(hosts, user);
    }
  },
};

/** What is wrong with a store itself. */
function troubleAt(
  hosts: readonly HostFacts[],
  host: HostFacts,
  users: readonly User[],
  hangs: boolean,
): Trouble | undefined {
  const { address, port } = users[0]!.store;
  const link = host.links.find(({ name }) => name === linkOf(host, address));
  if (!link) return addressMissing(host, users[0]!);
  const dark = linkTrouble(hosts, host, link);
  if (dark) return dark;
  const listens = host.listening.some((each) => each.protocol === "tcp" && each.port === port);
  if (!listens)
    return {
      what: `its file service does not run (nobody listens at tcp port ${port})`,
      mend: on(host, "systemctl start store"),
    };
  if (hangs) return { what: "its file service hangs", mend: on(host, "systemctl restart store") };
  for (const user of users) {
    const hooks = ["prerouting", "input"];
    const source = addressTo(user);
    const request = {
      hooks,
      protocol: "tcp",
      destination: address,
      port,
      in: link.name,
      state: "new",
    } as const;
    const [stop] = stopsOf(host, source === undefined ? request : { ...request, source });
    if (stop) return stop;
  }
  return undefined;
}

/** Its own address, which clients of it know, and by which device it had it: if it has one only. */
function addressMissing(host: HostFacts, { host: user, store: { address } }: User): Trouble {
  const [link, more] = host.links.filter(({ ethernet, loopback, port }) => ethernet && !loopback && !port);
  const network = connectedNetwork(user, address);
  return {
    what: `${address} is not its address`,
    mend:
      link && !more && network
        ? on(host, typed`ip addr add ${address}/${network.prefixLength} dev ${link.name}`)
        : [],
    cure: "Give it the address that its web servers know (/etc/rondo/store.json there).",
  };
}

/** The address that a web server asks a store from. */
function addressTo({ host, store }: User): string | undefined {
  const link = connectedNetwork(host, store.address)?.link;
  return host.addresses.find((each) => each.link === link)?.address;
}

/** What a web server sees of a store that nothing else is known of. */
function seenBy(hosts: Cluster["hosts"], { host, store }: User): Found {
  const { name, address, port, result } = store;
  const where = endpoint(address, port);
  const link = host.links.find((each) => each.name === connectedNetwork(host, address)?.link);
  const dark = link && linkTrouble(hosts, host, link);
  const found = {
    code: "store-gone",
    host: host.host,
    explainedBy: [{ host: host.host, codes: ["link-down", "no-carrier"] }],
  };
  const what = `its store ${name} (${where}) ${result === "answered" ? "" : words[result]}`;
  if (dark) return { ...found, what: `${what}: ${dark.what}`, mend: dark.mend };
  if (result === "failing")
    return { ...found, what, cure: `Ask it for the reason, here: \`curl -si http://${where}/\`.` };
  return {
    ...found,
    what,
    cure: `See whether ${name} has power, its cable is in, its file service runs, and no packet filter stands between (in a lab: \`rondo lab faults\`, \`rondo lab heal ${name}\`). It is back by itself then.`,
  };
}
