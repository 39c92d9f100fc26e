import type { Reading } from "../read/reading.js";

/** Names that iproute2 knows without its files. */
const builtIn: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  rt_tables: { default: 253, main: 254, local: 255 },
  rt_protos: {
    redirect: 1,
    kernel: 2,
    boot: 3,
    static: 4,
    gated: 8,
    ra: 9,
    mrt: 10,
    zebra: 11,
    bird: 12,
    dnrouted: 13,
    xorp: 14,
    ntk: 15,
    dhcp: 16,
    keepalived: 18,
    babel: 42,
    bgp: 186,
    isis: 187,
    ospf: 188,
    rip: 189,
    eigrp: 192,
  },
  rt_scopes: { global: 0, nowhere: 255, host: 254, link: 253, site: 200 },
  group: { default: 0 },
  rt_dsfield: { default: 0 },
  rt_realms: { cosmos: 0 },
};

/** A number, or a name of iproute2's tables; undefined: neither, or more than `most`. */
export function namedNumber(
  reading: Reading,
  table: "rt_tables" | "rt_dsfield" | "rt_realms" | "rt_protos" | "rt_scopes" | "group",
  text: string,
  most: number,
): number | undefined {
  if (/^(0[xX][0-9a-fA-F]+|\d+)$/.test(text)) {
    const value = /^0\d/.test(text) ? Number.parseInt(text, 8) : Number(text);
    return value <= most ? value : undefined;
  }
  const known = builtIn[table]!;
  if (Object.hasOwn(known, text)) return known[text];
  return reading.world.number(table, text) ?? undefined;
}
