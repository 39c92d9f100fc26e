import { close, Errno, type KernelVersion, kernelVersion } from "../sys/index.js";
import { Attribute } from "./attribute.js";
import { BPF_F_MMAPABLE, mapTypes } from "./map-spec.js";

/** What a kernel can have, since which version, and what we need it for. */
export const features = {
  maps: { since: "3.18", purpose: "keeping state in the kernel", probe: () => makesMap("hash", 0) },
  xdp: { since: "4.8", purpose: "forwarding packets in the driver", probe: () => loads("xdp") },
  tc: { since: "4.1", purpose: "forwarding packets at the tc hook", probe: () => loads("tc") },
  "mmapable-arrays": {
    since: "5.5",
    purpose: "reading tables without system calls",
    probe: () => makesMap("array", BPF_F_MMAPABLE),
  },
  "xdp-links": { since: "5.9", purpose: "replacing the program at one stroke", probe: () => links("xdp") },
  "coarse-clock": { since: "5.11", purpose: "a cheap clock", probe: () => hasHelper("tc", 160) },
  timers: { since: "5.15", purpose: "expiry without a daemon", probe: () => hasHelper("xdp", 169) },
  loops: { since: "5.17", purpose: "walking through tables (bpf_loop)", probe: () => hasHelper("xdp", 181) },
  "xdp-fragments": {
    since: "5.18",
    purpose: "XDP where the MTU is over 3500",
    probe: () => loads("xdp", BPF_F_XDP_HAS_FRAGS),
  },
  "xdp-load-bytes": {
    since: "5.18",
    purpose: "recording what XDP forwards",
    probe: () => hasHelper("xdp", 189),
  },
  "percpu-lookup": {
    since: "5.19",
    purpose: "adding up counters in a program",
    probe: () => hasHelper("xdp", 195),
  },
  "tcx-links": { since: "6.6", purpose: "the tc hook without a qdisc", probe: () => links("tcx") },
} as const satisfies Readonly<Record<string, Feature>>;

interface Feature {
  readonly since: string;
  readonly purpose: string;
  readonly probe: () => boolean;
}

export type FeatureName = keyof typeof features;

/** Whether bpf(2) works for us: "yes", "forbidden" (no capability, or a security module), "absent" (no such call). */
export type BpfAccess = "yes" | "forbidden" | "absent";

const known = new Map<FeatureName, boolean>();
let access: BpfAccess | undefined;

export function bpfAccess(): BpfAccess {
  access ??= accessOf(programLoad("xdp", minimal, { flags: 0 }));
  return access;
}

/** Whether this kernel has a feature; asked once. Without access to bpf(2), it has none. */
export function hasFeature(name: FeatureName): boolean {
  if (bpfAccess() !== "yes") return false;
  const before = known.get(name);
  if (before !== undefined) return before;
  const found = features[name].probe();
  known.set(name, found);
  return found;
}

/**
 * One sentence about what of these is missing, or undefined if nothing is: "needs root (CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON)",
 * "needs Linux 5.17 or newer, for walking through tables (bpf_loop); this is 5.10.0".
 */
export function explainMissing(...names: FeatureName[]): string | undefined {
  const missing = names.filter((name) => !hasFeature(name));
  return missing.length === 0 ? undefined : sentence(bpfAccess(), missing, kernelVersion());
}

/** @internal The sentence of {@link explainMissing}, from what was found. */
export function sentence(
  bpf: BpfAccess,
  missing: readonly FeatureName[],
  kernel: KernelVersion,
): string | undefined {
  if (bpf === "forbidden") return "needs root (CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON)";
  if (bpf === "absent") return `needs a kernel with bpf(2) (CONFIG_BPF_SYSCALL); this is ${kernel.text}`;
  const newest = [...missing].sort((a, b) =>
    compare(kernelVersion(features[b].since), kernelVersion(features[a].since)),
  );
  const decisive = newest[0];
  if (decisive === undefined) return undefined;
  const { since, purpose } = features[decisive];
  if (compare(kernel, kernelVersion(since)) < 0)
    return `needs Linux ${since} or newer, for ${purpose}; this is ${kernel.text}`;
  return `needs a kernel with ${missing.join(", ")}, for ${purpose}; this one (${kernel.text}) was built without`;
}

function compare(a: KernelVersion, b: KernelVersion): number {
  return a.major - b.major || a.minor - b.minor;
}

function accessOf(result: number): BpfAccess {
  if (result >= 0) close(result);
  if (result === -Errno["ENOSYS"]!) return "absent";
  return result === -Errno["EPERM"]! || result === -Errno["EACCES"]! ? "forbidden" : "yes";
}

const programTypes = { tc: 3, xdp: 6 } as const;
const attachTypes = { xdp: 37, tcx: 46 } as const;
const BPF_F_XDP_HAS_FRAGS = 1 << 5;
const XDP_FLAGS_DRV_MODE = 1 << 2;

/** r0 = 2 (XDP_PASS); exit */
const minimal = Buffer.from("b700000002000000" + "9500000000000000", "hex");

function programLoad(
  kind: keyof typeof programTypes,
  instructions: Buffer,
  options: { flags: number; log?: Buffer },
): number {
  const attribute = new Attribute(72)
    .u32(0, programTypes[kind])
    .u32(4, instructions.length / 8)
    .pointer(8, instructions)
    .text(16, "Dual MIT/GPL")
    .u32(44, options.flags)
    .name(48, "rondo_probe");
  if (options.log) attribute.u32(24, 1).u32(28, options.log.length).pointer(32, options.log);
  return attribute.try("BPF_PROG_LOAD");
}

function loads(kind: keyof typeof programTypes, flags = 0): boolean {
  return opened(programLoad(kind, minimal, { flags }));
}

/**
 * A call without arguments never passes the verifier; what it says tells whether it knows the helper:
 * "invalid func unknown#181", and of one that isn't for this type "unknown func" or "program of this type cannot use".
 */
function hasHelper(kind: keyof typeof programTypes, id: number): boolean {
  const call = Buffer.alloc(8);
  call[0] = 0x85;
  call.writeInt32LE(id, 4);
  const log = Buffer.alloc(1 << 16);
  if (opened(programLoad(kind, Buffer.concat([call, minimal]), { flags: 0, log }))) return true;
  const text = log.toString("latin1", 0, Math.max(log.indexOf(0), 0));
  return text !== "" && !/invalid func |unknown func |cannot use helper/.test(text);
}

function makesMap(type: keyof typeof mapTypes, flags: number): boolean {
  const attribute = new Attribute(72).u32(0, mapTypes[type]).u32(4, 4).u32(8, 8).u32(12, 1).u32(16, flags);
  return opened(attribute.try("BPF_MAP_CREATE"));
}

/**
 * Links that can't be made tell by how they are refused. XDP: the loopback device (index 1 in every network namespace)
 * has no native XDP: EOPNOTSUPP. tcx: a device that isn't there: ENODEV. A kernel that doesn't know the attach type
 * says EINVAL to both.
 */
function links(point: keyof typeof attachTypes): boolean {
  const program = programLoad(point === "xdp" ? "xdp" : "tc", minimal, { flags: 0 });
  if (program < 0) return false;
  const attribute = new Attribute(32)
    .u32(0, program)
    .u32(4, point === "xdp" ? 1 : 0x7fff_ffff)
    .u32(8, attachTypes[point])
    .u32(12, point === "xdp" ? XDP_FLAGS_DRV_MODE : 0);
  const result = attribute.try("BPF_LINK_CREATE");
  close(program);
  return result === -(point === "xdp" ? Errno["EOPNOTSUPP"]! : Errno["ENODEV"]!) || opened(result);
}

function opened(result: number): boolean {
  if (result >= 0) close(result);
  return result >= 0;
}
