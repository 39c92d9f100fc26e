import { didYouMean } from "../nearest.js";
import { roles } from "./topology.js";

/** What is wrong with a topology, and where: "hosts[1].interfaces[0].network". */
export interface Fault {
  readonly path: string;
  readonly what: string;
}

/** Tells what of a value has not the form that {@link Topology} says; nothing else can be looked at before it has. */
type Shape = (value: unknown, path: string) => Fault[];

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function shown(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = typeof value === "function" ? "a function" : (JSON.stringify(value) ?? String(value));
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

const wanted = (path: string, form: string, value: unknown): Fault[] => [
  { path, what: value === undefined ? `${form} is missing` : `it takes ${form}, not ${shown(value)}` },
];

const text =
  (example: string): Shape =>
  (value, path) =>
    typeof value === "string" ? [] : wanted(path, `a text such as ${JSON.stringify(example)}`, value);

const oneOf =
  (...words: readonly string[]): Shape =>
  (value, path) => {
    if (words.includes(value as string)) return [];
    const meant = typeof value === "string" ? didYouMean(value, words) : "";
    return wanted(path, `one of ${words.join(", ")}`, value).map((fault) => ({
      ...fault,
      what: fault.what + meant,
    }));
  };

const port: Shape = (value, path) =>
  Number.isInteger(value) && Number(value) > 0 && Number(value) < 65536
    ? []
    : wanted(path, "a port from 1 to 65535", value);

const list =
  (item: Shape, example: string): Shape =>
  (value, path) =>
    Array.isArray(value)
      ? value.flatMap((each, index) => item(each, `${path}[${index}]`))
      : wanted(path, `a list such as ${example}`, value);

const texts: Shape = (value, path) => {
  if (!isObject(value)) return wanted(path, 'an object such as { "net.ipv4.ip_forward": "1" }', value);
  return Object.entries(value).flatMap(([name, each]) => text("1")(each, `${path}[${JSON.stringify(name)}]`));
};

const object =
  (fields: Readonly<Record<string, Shape>>, optional: Readonly<Record<string, Shape>> = {}): Shape =>
  (value, path) => {
    const known = { ...fields, ...optional };
    const names = Object.keys(known);
    if (!isObject(value)) return wanted(path, `an object with ${Object.keys(fields).join(", ")}`, value);
    const within = (name: string) => (path === "" ? name : `${path}.${name}`);
    return [
      ...Object.keys(value)
        .filter((name) => !names.includes(name))
        .map((name) => ({
          path: within(name),
          what: `there is no such field${didYouMean(name, names) || `; there are ${names.join(", ")}`}`,
        })),
      ...Object.entries(known).flatMap(([name, shape]) =>
        value[name] === undefined && name in optional ? [] : shape(value[name], within(name)),
      ),
    ];
  };

const addresses = list(
  object({ address: text("192.168.4.5/24") }, { label: text("eth0:0") }),
  '[{ address: "192.168.4.5/24" }]',
);

const host = object(
  {
    name: text("web1"),
    role: oneOf(...roles),
    interfaces: list(
      object({ name: text("eth0"), network: text("vmnet4"), addresses }),
      '[{ name: "eth0", network: "vmnet4", addresses: [] }]',
    ),
  },
  {
    loopback: addresses,
    sysctls: texts,
    routes: list(
      object({ to: text("default"), via: text("192.168.4.5") }),
      '[{ to: "default", via: "192.168.4.5" }]',
    ),
    tunnels: list(text("192.168.4.15"), '["192.168.4.15"]'),
    rules: list(text("-A -t 192.168.4.15:80 -s rr"), '["-C", "-A -t 192.168.4.15:80 -s rr"]'),
    web: object({ port, page: text("web1\n") }, { store: text("store") }),
    store: object({ port }),
    keepalived: object({ config: text("vrrp_instance VI_1 { … }") }, { program: oneOf("rondo", "debian") }),
    haproxy: object({ config: text("listen web\n  bind :80\n …") }, { program: oneOf("rondo", "debian") }),
    nginx: object({ config: text("events {}\nhttp { … }") }, { program: oneOf("rondo", "debian") }),
  },
);

const topology = object({
  name: text("mine"),
  summary: text("two web servers behind a director"),
  networks: list(
    object({ name: text("vmnet4"), prefix: text("192.168.4.0/24") }),
    '[{ name: "vmnet4", prefix: "192.168.4.0/24" }]',
  ),
  hosts: list(host, '[{ name: "web1", role: "server", interfaces: [] }]'),
  vips: list(text("192.168.4.15"), '["192.168.4.15"]'),
  traffic: object({ from: text("client"), address: text("192.168.4.15"), port }),
});

/** What of a value is not as a {@link Topology} is: fields that are missing, unknown, or of another type. */
export function shapeFaults(value: unknown): Fault[] {
  return topology(value, "").map(({ path, what }) => ({ path: path || "the topology", what }));
}
