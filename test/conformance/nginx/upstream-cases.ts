/** What is done with an upstream: by the real nginx, and by ours. */
export type Step =
  | { readonly kind: "request"; readonly client?: string; readonly key?: string }
  /** A request that is answered only by the next "release". */
  | { readonly kind: "hold"; readonly client?: string; readonly key?: string }
  | { readonly kind: "release" }
  /** Connections to a server are refused from now on, or taken again. */
  | { readonly kind: "break"; readonly server: number }
  | { readonly kind: "mend"; readonly server: number }
  /** So many seconds pass. */
  | { readonly kind: "wait"; readonly seconds: number };

export interface UpstreamCase {
  readonly name: string;
  readonly balance: string;
  /** Parameters of the servers, whose addresses are the test's. */
  readonly servers: readonly string[];
  readonly steps: readonly Step[];
}

export const many = (
  count: number,
  make: (at: number) => Omit<Step & { kind: "request" }, "kind"> = () => ({}),
): Step[] => Array.from({ length: count }, (_, at) => ({ kind: "request", ...make(at) }));
const hold = (count: number): Step[] => Array.from({ length: count }, () => ({ kind: "hold" }));
const release: Step = { kind: "release" };
const broken = (server: number): Step => ({ kind: "break", server });
const mended = (server: number): Step => ({ kind: "mend", server });
const clients = (count: number) =>
  many(count, (at) => ({
    client:
      at % 4 === 0
        ? `2001:db8::${at}:${(at * 71).toString(16)}`
        : `10.${at % 3}.${(at * 5) % 256}.${(at * 13) % 256}`,
  }));
const keys = (count: number) =>
  many(count, (at) => ({ key: at % 50 === 49 ? "" : `/dir${at % 7}/page${at * 37}` }));
const failingServers = ["weight=3 max_fails=2", "weight=2", "weight=4 max_fails=3", "weight=1 max_fails=0"];

const weighted = [
  ["weight=5", "weight=1", "weight=1"],
  ["", "", ""],
  ["weight=7", "weight=13", "weight=2 down", "weight=9"],
  ["weight=100", "weight=33", "weight=1"],
];

export const upstreamCases: UpstreamCase[] = [
  ...weighted.map((servers) => ({ name: `round robin ${servers}`, balance: "", servers, steps: many(220) })),
  {
    name: "round robin with servers that fail and come back",
    balance: "",
    servers: failingServers,
    steps: [...many(13), broken(0), ...many(40), broken(3), broken(1), ...many(60), mended(3), ...many(90)],
  },
  {
    name: "a single server is tried whatever it did",
    balance: "",
    servers: [""],
    steps: [...many(3), broken(0), ...many(5), mended(0), ...many(3)],
  },
  {
    name: "a server comes back after fail_timeout",
    balance: "",
    servers: ["weight=3 max_fails=1 fail_timeout=2", "weight=2 fail_timeout=2", "fail_timeout=2"],
    steps: [
      ...many(5),
      broken(0),
      ...many(20),
      { kind: "wait", seconds: 4 },
      ...many(7),
      mended(0),
      { kind: "wait", seconds: 4 },
      ...many(180),
    ],
  },
  {
    name: "backups serve while no other does",
    balance: "",
    servers: ["weight=2", "", "weight=3 backup", "backup", "backup down"],
    steps: [
      ...many(9),
      broken(1),
      ...many(30),
      broken(0),
      ...many(80),
      broken(2),
      ...many(60),
      broken(3),
      ...many(30),
    ],
  },
  {
    name: "max_conns",
    balance: "",
    servers: ["max_conns=2", "max_conns=1 weight=3", "max_conns=3 backup"],
    steps: [...hold(2), ...many(4), ...hold(2), ...many(3), ...hold(3), release, ...many(20)],
  },
  {
    name: "least_conn",
    balance: "least_conn;",
    servers: ["weight=3", "", "weight=2", "down"],
    steps: [
      ...many(60),
      ...hold(20),
      ...many(90),
      release,
      ...many(40),
      ...hold(7),
      broken(0),
      ...many(60),
      release,
    ],
  },
  {
    name: "least_conn with backups",
    balance: "least_conn;",
    servers: ["", "weight=2", "weight=3 backup", "backup"],
    steps: [...hold(5), ...many(30), broken(0), broken(1), ...hold(5), ...many(170), release],
  },
  {
    name: "ip_hash",
    balance: "ip_hash;",
    servers: ["weight=3", "", "weight=2", "weight=2 down"],
    steps: clients(240),
  },
  {
    name: "ip_hash with servers that fail",
    balance: "ip_hash;",
    servers: failingServers,
    steps: [
      ...clients(40),
      broken(2),
      ...clients(60),
      broken(0),
      broken(1),
      ...clients(100),
      mended(2),
      ...clients(20),
    ],
  },
  {
    name: "hash",
    balance: "hash $http_x_key;",
    servers: ["weight=3", "", "weight=5 down", "weight=9"],
    steps: keys(240),
  },
  {
    name: "hash with servers that fail",
    balance: "hash $http_x_key;",
    servers: failingServers,
    steps: [...keys(40), broken(2), ...keys(80), broken(0), broken(1), ...keys(80), mended(1), ...keys(40)],
  },
  {
    name: "hash consistent",
    balance: "hash $http_x_key consistent;",
    servers: ["weight=3", "", "weight=5 down", "weight=9"],
    steps: keys(300),
  },
  {
    name: "hash consistent with servers that fail",
    balance: "hash $http_x_key consistent;",
    servers: failingServers,
    steps: [...keys(40), broken(2), ...keys(80), broken(0), broken(1), ...keys(80), mended(1), ...keys(40)],
  },
];
