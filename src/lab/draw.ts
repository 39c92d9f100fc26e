import { virtualAddresses } from "./keepalived-config.js";
import { type HostSpec, type Topology, withoutPrefix } from "./topology.js";

/**
 * A topology as a picture for a terminal, line by line. Hosts stand above and below the networks they are on:
 *
 *     ┌─ client ───────────────┐   ┌─ director ────────────────────┐
 *     │ eth0  192.168.4.10/24  │   │ ens33    192.168.4.5/24       │
 *     └───────────┬────────────┘   └───────────────┬───────────────┘
 *     ════════════╧════════════════════════════════╧═══════════════ vmnet4 192.168.4.0/24
 *
 * One that is too wide, or has a host on networks that are not neighbours, becomes a list instead.
 */
export function draw(topology: Topology, options: { width?: number; ascii?: boolean } = {}): string[] {
  const { width = 100, ascii = false } = options;
  const picture = layOut(topology, width);
  const lines = picture?.every((line) => line.length <= width) ? picture : list(topology);
  return ascii ? lines.map(plain) : lines;
}

const asciiOf: Readonly<Record<string, string>> = { "─": "-", "═": "=", "│": "|", "→": "->" };

/** A line in ASCII. */
export function plain(line: string): string {
  return line.replace(/[─═│→┌┐└┘┬┴├╧╤╪]/g, (char) => asciiOf[char] ?? "+");
}

/** What a host's box says: each interface with its addresses, and which gateways it has. */
function contents(topology: Topology, host: HostSpec): string[] {
  const rows = [
    ...host.interfaces.flatMap((spec) =>
      spec.addresses.length === 0
        ? [{ name: spec.name, address: "" }]
        : spec.addresses.map(({ label, address }) => ({ name: label ?? spec.name, address })),
    ),
    ...(host.loopback ?? []).map(({ label, address }) => ({ name: label ?? "lo", address })),
    ...virtualAddresses(host).map((address) => ({ name: "vrrp", address })),
    ...(host.routes ?? []).map(({ to, via }) => ({
      name: "via",
      address: to === "default" ? via : `${via} to ${to}`,
    })),
  ];
  if (host.web?.store !== undefined) rows.push({ name: "files", address: `of ${host.web.store}` });
  if (host.store) rows.push({ name: "files", address: `at port ${host.store.port}` });
  const width = Math.max(...rows.map(({ name }) => name.length), 0);
  return rows.map(({ name, address }) => {
    const bare = withoutPrefix(address);
    const vip = topology.vips.includes(bare) ? "  VIP" : "";
    const tunnel = name.startsWith("lo") && host.tunnels?.includes(bare) ? ", TUN" : "";
    return `${name.padEnd(width)}  ${address}${vip}${tunnel}`;
  });
}

/** A box at its place within its band. */
interface Box {
  readonly host: HostSpec;
  readonly lines: readonly string[];
  readonly left: number;
  readonly width: number;
  /** The column of its cables. */
  readonly middle: number;
  readonly up: boolean;
  readonly down: boolean;
}

const gap = 3;

/** undefined if a host is on networks that are not next to each other. */
function layOut(topology: Topology, most: number): string[] | undefined {
  // Band b lies above network b and below network b - 1.
  const bands: HostSpec[][] = Array.from({ length: topology.networks.length + 1 }, () => []);
  for (const host of topology.hosts) {
    const band = bandOf(topology, host);
    if (band === undefined) return undefined;
    bands[band]!.push(host);
  }
  const widths = bands.map((hosts) =>
    hosts.reduce((sum, host) => sum + boxWidth(topology, host) + gap, -gap),
  );
  const whole = Math.max(...widths);
  const placed = bands.map((hosts, band) =>
    place(topology, hosts, band, Math.floor((whole - Math.max(widths[band]!, 0)) / 2)),
  );
  let hanging = "";
  return placed.flatMap((boxes, band) => {
    const network = topology.networks[band];
    const [first = "", ...lines] = boxes.length > 0 ? drawBand(boxes) : [];
    const upper = hanging === "" ? first : `${first.padEnd(whole - hanging.length)} ${hanging}`;
    hanging = "";
    if (!network) return [upper, ...lines];
    const label = `${network.name} ${network.prefix}`;
    const line = cable(boxes, placed[band + 1]!, whole);
    // Its name stands behind a network's line or, where that would be too wide, below its end.
    if (line.length + 1 + label.length > most) hanging = label;
    return [upper, ...lines, hanging === "" ? `${line} ${label}` : line];
  });
}

function networksOf(topology: Topology, host: HostSpec): number[] {
  const indexes = host.interfaces.map((spec) =>
    topology.networks.findIndex(({ name }) => name === spec.network),
  );
  return [...new Set(indexes)].sort((a, b) => a - b);
}

function bandOf(topology: Topology, host: HostSpec): number | undefined {
  const [first = 0, second, ...more] = networksOf(topology, host);
  if (second === undefined) return host.role === "server" || host.role === "store" ? first + 1 : first;
  return second === first + 1 && more.length === 0 ? second : undefined;
}

function boxWidth(topology: Topology, host: HostSpec): number {
  return Math.max(...contents(topology, host).map((line) => line.length), host.name.length + 3) + 4;
}

function place(topology: Topology, hosts: readonly HostSpec[], band: number, indent: number): Box[] {
  let left = indent;
  return hosts.map((host) => {
    const width = boxWidth(topology, host);
    const networks = networksOf(topology, host);
    const box = {
      host,
      lines: contents(topology, host),
      left,
      width,
      middle: left + Math.floor(width / 2),
      up: networks.includes(band - 1),
      down: networks.includes(band),
    };
    left += width + gap;
    return box;
  });
}

function drawBand(boxes: readonly Box[]): string[] {
  const height = Math.max(...boxes.map(({ lines }) => lines.length));
  const rows = Array.from({ length: height }, (_, row) => row);
  return [
    across(boxes, (box) => mark(box, box.up, `┌─ ${box.host.name} `.padEnd(box.width - 1, "─") + "┐", "┴")),
    ...rows.map((row) => across(boxes, (box) => `│ ${(box.lines[row] ?? "").padEnd(box.width - 4)} │`)),
    across(boxes, (box) => mark(box, box.down, `└${"─".repeat(box.width - 2)}┘`, "┬")),
  ];
}

function across(boxes: readonly Box[], draw: (box: Box) => string): string {
  return boxes.reduce((line, box) => line.padEnd(box.left) + draw(box), "");
}

/** A border with a sign where the cable leaves; the name in it is never written over. */
function mark(box: Box, connected: boolean, border: string, sign: string): string {
  const at = box.middle - box.left;
  if (!connected || border[at] !== "─") return border;
  return border.slice(0, at) + sign + border.slice(at + 1);
}

/** The network's line, with the cables from the boxes above and below. */
function cable(above: readonly Box[], below: readonly Box[], width: number): string {
  return Array.from({ length: width }, (_, column) => {
    const fromAbove = above.some((box) => box.down && box.middle === column);
    const fromBelow = below.some((box) => box.up && box.middle === column);
    if (fromAbove && fromBelow) return "╪";
    return fromAbove ? "╧" : fromBelow ? "╤" : "═";
  }).join("");
}

function list(topology: Topology): string[] {
  return topology.networks.flatMap(({ name, prefix }) => {
    const hosts = topology.hosts.filter((host) => host.interfaces.some(({ network }) => network === name));
    return [
      `${name} ${prefix}`,
      ...hosts.flatMap((host, index) => {
        const last = index === hosts.length - 1;
        return [
          `${last ? "└" : "├"}─ ${host.name}`,
          ...contents(topology, host).map((line) => `${last ? " " : "│"}    ${line}`),
        ];
      }),
    ];
  });
}
