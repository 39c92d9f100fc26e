import { IpAddress } from "../wire/index.js";

// What facts that come from a file have to look like. They were made elsewhere, and commands are made of them.

/** Whether a value is what is expected at its place. */
type Shape = (value: unknown) => boolean;

const text: Shape = (value) => typeof value === "string";
const number: Shape = (value) => typeof value === "number" && Number.isFinite(value);
const truth: Shape = (value) => typeof value === "boolean";
const address: Shape = (value) => typeof value === "string" && IpAddress.parse(value) !== undefined;
const prefix: Shape = (value) =>
  typeof value === "string" && /^[^/]+\/\d{1,3}$/.test(value) && address(value.split("/")[0]);
const anything: Shape = () => true;
const oneOf =
  (...words: readonly string[]): Shape =>
  (value) =>
    words.includes(value as string);
const maybe =
  (shape: Shape): Shape =>
  (value) =>
    value === undefined || shape(value);
const list =
  (shape: Shape): Shape =>
  (value) =>
    Array.isArray(value) && value.every(shape);
const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const record =
  (shape: Shape): Shape =>
  (value) =>
    isObject(value) && Object.values(value).every(shape);
const object =
  (fields: Readonly<Record<string, Shape>>): Shape =>
  (value) =>
    isObject(value) && Object.entries(fields).every(([name, shape]) => shape(value[name]));

const method = oneOf("masq", "droute", "tunnel", "local");
const tunnel = object({ type: oneOf("ipip", "gue", "gre"), port: number, checksum: text });
const server = object({
  address,
  port: number,
  method,
  weight: number,
  upperThreshold: number,
  lowerThreshold: number,
  tunnel: maybe(tunnel),
  connections: number,
});
const process = object({ pid: number, name: text, files: number, most: number, mostEver: number });

/** By the names of HostFacts' parts. */
const parts: Readonly<Record<string, Shape>> = {
  host: text,
  at: number,
  role: maybe(oneOf("director", "server")),
  vips: maybe(list(address)),
  links: list(
    object({
      name: text,
      index: number,
      mac: maybe(text),
      mtu: number,
      up: truth,
      carrier: truth,
      port: truth,
    }),
  ),
  addresses: list(object({ link: text, address, prefixLength: number })),
  routes: list(object({ to: prefix, via: maybe(address), link: maybe(text), type: text, metric: number })),
  neighbours: list(object({ link: text, address, mac: maybe(text), state: text })),
  sysctls: record(text),
  listening: list(object({ protocol: oneOf("tcp", "udp"), address, port: number, process: maybe(process) })),
  listenOverflows: number,
  services: list(
    object({
      name: text,
      protocol: maybe(oneOf("tcp", "udp", "sctp")),
      vip: maybe(address),
      port: maybe(number),
      scheduler: text,
      persistent: truth,
      servers: list(server),
    }),
  ),
  director: maybe(
    object({
      attached: list(object({ link: text, hook: text, answers: maybe(text) })),
      automatic: truth,
      table: object({ entries: number, connections: number, growing: truth }),
      events: record(number),
    }),
  ),
  tunnelEnds: list(
    object({
      vip: address,
      ipip: truth,
      gre: truth,
      gue: maybe(number),
      links: list(text),
      clamped: list(text),
    }),
  ),
  ways: list(object({ to: address, local: truth, link: maybe(text), via: maybe(address) })),
  arp: list(object({ address, link: text, macs: list(text) })),
  connects: list(object({ address, port: number, result: text })),
  clocks: list(object({ address, milliseconds: number })),
  stores: maybe(list(object({ name: text, address, port: number, result: text }))),
  firewall: object({ nft: maybe(list(anything)), iptables: maybe(text), arptables: maybe(text) }),
  unseen: list(object({ what: text, why: text })),
};

/** The name of the first part of facts that is missing or is something else; undefined if all of it is as it should be. */
export function wrongPart(facts: object): string | undefined {
  const found = Object.entries(parts).find(
    ([name, shape]) => !shape((facts as Record<string, unknown>)[name]),
  );
  return found?.[0];
}
