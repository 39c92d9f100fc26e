import { RondoError } from "../errors.js";
import { errnoName, errnoText, SystemError } from "../sys/index.js";
import { Attribute } from "./attribute.js";
import { KernelObject, objectInfo, openPin } from "./object.js";
import type { BpfProgram } from "./program.js";

/** Where a link can hold a program: native XDP, or tcx at ingress (enum bpf_attach_type). */
export type AttachPoint = "xdp" | "tcx";
const attachTypes = { xdp: 37, tcx: 46 } as const;
const BPF_TCX_EGRESS = 47;
const linkTypes: Readonly<Record<number, AttachPoint>> = { 6: "xdp", 11: "tcx" };

const XDP_FLAGS_DRV_MODE = 1 << 2;
const BPF_F_REPLACE = 1 << 2;

export interface LinkInfo {
  readonly id: number;
  readonly point: AttachPoint;
  readonly programId: number;
  /** 0: the device is gone, and the link holds nothing any more. */
  readonly interfaceIndex: number;
}

/** A program's place at a device. It ends with the last descriptor, unless it is pinned. */
export class BpfLink extends KernelObject {
  /**
   * Puts another program into the place; no packet meets none. With `expected` only if that one is there now.
   * @throws SystemError ENOLINK if the device is gone, EPERM if another program than `expected` is there
   */
  update(program: BpfProgram, expected?: BpfProgram): void {
    const attribute = new Attribute(16).u32(0, this.fd).u32(4, program.fd);
    if (expected) attribute.u32(8, BPF_F_REPLACE).u32(12, expected.fd);
    attribute.call("BPF_LINK_UPDATE");
  }

  /** Takes the program from the device now, also if the link is pinned. The link stays, holding nothing. */
  detach(): void {
    new Attribute(8).u32(0, this.fd).call("BPF_LINK_DETACH");
  }

  /** From struct bpf_link_info: u32 type, id, program's id; at 16 the interface index. */
  info(): LinkInfo {
    const info = objectInfo(this.fd);
    const point = linkTypes[info.readUInt32LE(0)];
    if (!point)
      throw new RondoError(
        "link-type",
        `this link is of a type that is not known here: ${info.readUInt32LE(0)}`,
      );
    return {
      id: info.readUInt32LE(4),
      point,
      programId: info.readUInt32LE(8),
      interfaceIndex: info.readUInt32LE(16),
    };
  }
}

/** Attaches an XDP program to a device of the caller's network namespace, in its driver (native mode). */
export function attachXdp(program: BpfProgram, interfaceIndex: number): BpfLink {
  return attach(program, interfaceIndex, "xdp", XDP_FLAGS_DRV_MODE);
}

/** Attaches a tc program to a device's ingress, behind those that are there (tcx, Linux 6.6). */
export function attachTcx(program: BpfProgram, interfaceIndex: number): BpfLink {
  return attach(program, interfaceIndex, "tcx", 0);
}

/** Attaches a tc program to what leaves by a device, behind those that are there (tcx, Linux 6.6). */
export function attachTcxEgress(program: BpfProgram, interfaceIndex: number): BpfLink {
  return attach(program, interfaceIndex, "tcx", 0, BPF_TCX_EGRESS);
}

/** The link pinned at a path. */
export function openPinnedLink(path: string): BpfLink {
  return new BpfLink(openPin(path, "link"));
}

/** u32 program | u32 interface | u32 attach type | u32 flags | tcx: u32 relative to, u64 expected revision */
function attach(
  program: BpfProgram,
  interfaceIndex: number,
  point: AttachPoint,
  flags: number,
  attachType: number = attachTypes[point],
): BpfLink {
  const attribute = new Attribute(32)
    .u32(0, program.fd)
    .u32(4, interfaceIndex)
    .u32(8, attachType)
    .u32(12, flags);
  const result = attribute.try("BPF_LINK_CREATE");
  if (result < 0) throw new AttachError(point, interfaceIndex, -result);
  return new BpfLink(result);
}

/** A device took no program. */
export class AttachError extends SystemError {
  readonly point: AttachPoint;
  readonly interfaceIndex: number;

  constructor(point: AttachPoint, interfaceIndex: number, errno: number) {
    const reason = reasons[point][errnoName(errno)];
    super(
      `attaching ${point} to interface ${interfaceIndex}`,
      errno,
      reason === undefined ? {} : { remedy: reason },
    );
    this.name = "AttachError";
    this.point = point;
    this.interfaceIndex = interfaceIndex;
    this.message = `cannot attach ${point} to interface ${interfaceIndex}: ${errnoName(errno)}: ${errnoText(errno)}`;
  }
}

/** What a refusal means here, by errno. */
const reasons: Readonly<Record<AttachPoint, Readonly<Record<string, string>>>> = {
  xdp: {
    EOPNOTSUPP: "The device's driver has no native XDP: use the tc hook.",
    EBUSY: "Another XDP program is attached there: see `ip link show`, and take it off.",
    EEXIST: "Another XDP program is attached there: see `ip link show`, and take it off.",
    ERANGE: "The MTU of the device, or of a veth's other end, is too large for this program.",
    ENODEV: "There is no such interface in this network namespace.",
    EINVAL:
      "There is no such interface in this network namespace, or its MTU or settings (LRO, few queues) forbid XDP.",
  },
  tcx: {
    ENODEV: "There is no such interface in this network namespace.",
    EINVAL: "This kernel has no tcx (Linux 6.6): use clsact.",
    ERANGE: "Too many programs are attached there.",
  },
};
