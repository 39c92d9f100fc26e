import {
  eligible,
  HostNetwork,
  leaveTunnels,
  type TunnelTypes,
  takeTunnels,
} from "../dataplane/xdp/index.js";
import { RondoError } from "../errors.js";
import { didYouMean } from "../lab/nearest.js";
import { type Link, NetlinkError } from "../netlink/index.js";
import { needRoot, readSysctl, writeSysctl } from "../sys/index.js";
import { IpAddress } from "../wire/index.js";
import { linksNamed } from "./named-links.js";
import { type RealServerRecord, readRecord, writeRecord } from "./realserver-record.js";
import { wholeNumber } from "./words.js";

const usage = `usage: rondo realserver tun VIP [--undo] [--dry-run] [--type auto|ipip|gue:PORT|gre] [--interface DEV]…
                               [--clamp-mss]

  tun   takes packets for VIP out of the director's tunnels (ipvsadm -i), and VIP as this host's own address

See docs/manual/realserver.md.
`;

/** GUE's port at IANA. */
const guePort = 6080;

/** What a real server was asked to be. */
interface Wanted {
  readonly vip: IpAddress;
  readonly undo: boolean;
  readonly dryRun: boolean;
  readonly types: TunnelTypes;
  readonly clampMss: boolean;
  readonly interfaces: readonly string[];
}

/** A change that can be told as a command. */
interface Step {
  readonly command: string;
  run(): void;
}

/** `rondo realserver …`: see docs/manual/realserver.md. */
export function run(words: readonly string[]): number {
  const [method, ...rest] = words;
  if (method === "-h" || method === "--help") {
    process.stdout.write(usage);
    return 0;
  }
  if (method === "dr" || method === "nat")
    throw wrong(`rondo realserver ${method} is still to come: so far there is tun`);
  if (method !== "tun") {
    const hint = method && didYouMean(method, ["tun"]);
    process.stderr.write(method ? `rondo realserver: there is no method ${method}${hint}\n` : usage);
    return 2;
  }
  const wanted = parse(rest);
  needRoot("a real server needs root");
  const host = new HostNetwork();
  try {
    const record = readRecord();
    const steps = wanted.undo ? stepsBack(host, wanted, record) : stepsThere(host, wanted, record);
    if (wanted.dryRun) for (const { command } of steps) process.stdout.write(`${command}\n`);
    else if (wanted.undo) takeBack(steps, wanted, record);
    else {
      writeRecord(record);
      for (const step of steps) step.run();
    }
  } finally {
    host.close();
  }
  return 0;
}

/** What makes the host a real server. `record` is told what it will change. */
function stepsThere(host: HostNetwork, wanted: Wanted, record: RealServerRecord): Step[] {
  const { vip, types } = wanted;
  const links = interfacesOf(host, wanted.interfaces);
  const steps: Step[] = [];
  const sysctl = (parts: string[], least: number, instead = (now: number) => now < least) => {
    const before = readSysctl(parts);
    if (!instead(Number(before))) return;
    const set = String(least);
    record.sysctls[parts.join("/")] ??= { before, set };
    steps.push(sysctlStep(parts, set));
  };
  if (vip.family === 4) {
    // Others must not learn from this host where the VIP is: that is the director's to say.
    sysctl(["net", "ipv4", "conf", "all", "arp_ignore"], 1);
    sysctl(["net", "ipv4", "conf", "all", "arp_announce"], 2);
    const strictForAll = Number(readSysctl("net.ipv4.conf.all.rp_filter")) === 1;
    // The way back to a client need not be the way that the director's packets came by: 2 asks only that there is one.
    for (const { name } of links)
      sysctl(
        ["net", "ipv4", "conf", name, "rp_filter"],
        2,
        (now) => now === 1 || (strictForAll && now === 0),
      );
  }
  const has = hasVip(host, vip);
  record.vips[vip.toString()] ??= { method: "tun", added: !has };
  if (!has)
    steps.push({
      command: `ip addr add ${vip}/${lengthOf(vip)} dev lo${vip.family === 6 ? " nodad" : ""}`,
      run: () =>
        host.network.addresses.add("lo", {
          address: vip,
          prefixLength: lengthOf(vip),
          noDuplicateDetection: vip.family === 6,
        }),
    });
  steps.push({
    command: `# rondo: packets for ${vip} in ${typesText(types)} are unwrapped at ${links.map(({ name }) => name).join(", ")} (tc ingress)${wanted.clampMss ? ", and the MSS of answers is lowered (tc egress)" : ""}`,
    run: () => takeTunnels(host, links, vip, types, { clampMss: wanted.clampMss }),
  });
  return steps;
}

/** What takes it back. */
function stepsBack(host: HostNetwork, { vip }: Wanted, record: RealServerRecord): Step[] {
  const known = record.vips[vip.toString()];
  if (!known) return [];
  const steps: Step[] = [
    {
      command: `# rondo: packets for ${vip} in tunnels are no longer unwrapped`,
      run: () => leaveTunnels(host, vip),
    },
  ];
  if (known.added && hasVip(host, vip))
    steps.push({
      command: `ip addr del ${vip}/${lengthOf(vip)} dev lo`,
      run: () => removeVip(host, vip),
    });
  if (Object.keys(record.vips).length > 1) return steps;
  for (const [name, { before, set }] of Object.entries(record.sysctls)) {
    const parts = name.split("/");
    // What somebody has changed since is his; an interface may be gone.
    if (currentValue(parts) === set) steps.push(sysctlStep(parts, before));
  }
  return steps;
}

function takeBack(steps: readonly Step[], { vip }: Wanted, record: RealServerRecord): void {
  if (steps.length === 0)
    process.stderr.write(`this host is no real server of ${vip}: there is nothing to undo\n`);
  for (const step of steps) step.run();
  delete record.vips[vip.toString()];
  writeRecord(record);
}

function sysctlStep(parts: readonly string[], value: string): Step {
  // A dot within a part is written as a slash, as sysctl(8) wants it.
  const name = parts.map((part) => part.replaceAll(".", "/")).join(".");
  return { command: `sysctl -w ${name}=${value}`, run: () => writeSysctl(parts, value) };
}

function currentValue(parts: readonly string[]): string | undefined {
  try {
    return readSysctl(parts);
  } catch (error) {
    if (error instanceof RondoError && error.code === "no-sysctl") return undefined;
    throw error;
  }
}

const hasVip = (host: HostNetwork, vip: IpAddress) =>
  host.network.addresses
    .list("lo")
    .some(({ address, prefixLength }) => address.equals(vip) && prefixLength === lengthOf(vip));

function removeVip(host: HostNetwork, vip: IpAddress): void {
  try {
    host.network.addresses.remove("lo", { address: vip, prefixLength: lengthOf(vip) });
  } catch (error) {
    if (!NetlinkError.is(error, "EADDRNOTAVAIL")) throw error;
  }
}

const lengthOf = (vip: IpAddress) => vip.bytes.length * 8;

function interfacesOf(host: HostNetwork, names: readonly string[]): Link[] {
  if (names.length > 0) return linksNamed(names, host.network);
  const usual = eligible(host.network.links.list());
  if (usual.length > 0) return usual;
  throw new RondoError("no-interface", "there is no Ethernet interface that is up");
}

function parse(words: readonly string[]): Wanted {
  let vip: IpAddress | undefined;
  let undo = false;
  let dryRun = false;
  let clampMss = false;
  let types = typesOf("auto");
  const interfaces: string[] = [];
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    const value = () => {
      const next = words[++i];
      if (next === undefined) throw wrong(`${word} needs a value`);
      return next;
    };
    if (word === "--undo") undo = true;
    else if (word === "--dry-run") dryRun = true;
    else if (word === "--clamp-mss") clampMss = true;
    else if (word === "--type") types = typesOf(value());
    else if (word === "--interface") interfaces.push(value());
    else if (word.startsWith("-")) {
      const options = ["--undo", "--dry-run", "--type", "--interface", "--clamp-mss"];
      throw wrong(`there is no option ${word}${didYouMean(word, options)}`);
    } else if (vip) throw wrong(`${word}: one VIP at a time`);
    else {
      vip = IpAddress.parse(word);
      if (!vip) throw wrong(`${word} is no IP address`);
    }
  }
  if (!vip) throw wrong("the VIP is missing");
  return { vip, undo, dryRun, types, clampMss, interfaces };
}

function typesOf(text: string): TunnelTypes {
  if (text === "auto") return { ipip: true, gre: true, gue: guePort };
  if (text === "ipip") return { ipip: true, gre: false };
  if (text === "gre") return { ipip: false, gre: true };
  const port = text.startsWith("gue:") && wholeNumber(text.slice(4), 1, 65535);
  if (port) return { ipip: false, gre: false, gue: port };
  throw wrong(`--type takes auto, ipip, gue:PORT or gre, not ${text}`);
}

function typesText({ ipip, gre, gue }: TunnelTypes): string {
  return [ipip && "IPIP", gre && "GRE", gue && `GUE (UDP port ${gue})`].filter(Boolean).join(", ");
}

const wrong = (message: string) =>
  new RondoError("realserver", message, { exitStatus: 2, remedy: "Try `rondo realserver --help`." });
