import type { IpAddress } from "../wire/address.js";
import { Attributes } from "./attributes.js";
import { ipVersion, nameOf, Structure } from "./structure.js";

export const RTM_NEWRULE = 32;
export const RTM_DELRULE = 33;
export const RTM_GETRULE = 34;

/*
 * The head of a rule message: struct fib_rule_hdr (include/uapi/linux/fib_rules.h). The table is also an attribute of
 * 32 bits, which counts.
 *
 *   0        1        2        3        4        5        6        7        8               12
 *   | family | dst len| src len|  tos   | table  |   0    |   0    | action |     flags     |
 */
export const ruleHeadSize = 12;
/** FIB_RULE_INVERT */
export const invertFlag = 2;

/** FRA_* */
export const RuleAttribute = {
  destination: 1,
  source: 2,
  incoming: 3,
  goto: 4,
  preference: 6,
  mark: 10,
  realms: 11,
  tunnelId: 12,
  suppressGroup: 13,
  suppressPrefixLength: 14,
  table: 15,
  markMask: 16,
  outgoing: 17,
  l3mdev: 19,
  uidRange: 20,
  protocol: 21,
  ipProtocol: 22,
  sourcePorts: 23,
  destinationPorts: 24,
} as const;

/** FR_ACT_* */
export const RuleAction = { lookup: 1, goto: 2, nop: 3, blackhole: 6, unreachable: 7, prohibit: 8 } as const;
export type RuleAction = keyof typeof RuleAction;

interface Prefix {
  readonly address: IpAddress;
  readonly prefixLength: number;
}
interface Range {
  readonly from: number;
  readonly to: number;
}

/** A policy rule, as it was listed. */
export interface Rule {
  readonly family: 4 | 6;
  /** Lower ones are asked first. */
  readonly preference: number;
  readonly not: boolean;
  readonly from: Prefix | undefined;
  readonly to: Prefix | undefined;
  readonly tos: number;
  readonly mark: { readonly value: number; readonly mask: number } | undefined;
  readonly incoming: string | undefined;
  readonly outgoing: string | undefined;
  readonly action: string;
  readonly table: number | undefined;
  readonly gotoPreference: number | undefined;
  readonly realms: number | undefined;
  readonly suppressPrefixLength: number | undefined;
  readonly suppressGroup: number | undefined;
  readonly tunnelId: bigint | undefined;
  readonly uidRange: Range | undefined;
  readonly l3mdev: boolean;
  /** RTPROT_*: who made it. */
  readonly protocol: number;
  readonly ipProtocol: number | undefined;
  readonly sourcePorts: Range | undefined;
  readonly destinationPorts: Range | undefined;
}

/** "None": the kernel's way to say that a rule suppresses nothing. */
const nothing = 0xffffffff;

/** Reads the body of RTM_NEWRULE or RTM_DELRULE; undefined for families that are not IP. */
export function parseRule(body: Uint8Array): Rule | undefined {
  const { head, rest } = Structure.split(body, ruleHeadSize, "fib_rule_hdr");
  const family = ipVersion(head.u8(0));
  if (family === undefined) return undefined;
  const attributes = Attributes.parse(rest);
  const prefix = (type: number, length: number): Prefix | undefined => {
    const address = attributes.address(type);
    return address && { address, prefixLength: length };
  };
  const optional = (type: number) => {
    const value = attributes.u32(type);
    return value === nothing ? undefined : value;
  };
  const mark = attributes.u32(RuleAttribute.mark);
  const tunnel = attributes.bytes(RuleAttribute.tunnelId);
  const action = nameOf(RuleAction, head.u8(7));
  return {
    family,
    preference: attributes.u32(RuleAttribute.preference) ?? 0,
    not: (head.u32(8) & invertFlag) !== 0,
    from: prefix(RuleAttribute.source, head.u8(2)),
    to: prefix(RuleAttribute.destination, head.u8(1)),
    tos: head.u8(3),
    mark:
      mark === undefined
        ? undefined
        : { value: mark, mask: attributes.u32(RuleAttribute.markMask) ?? nothing },
    incoming: attributes.text(RuleAttribute.incoming),
    outgoing: attributes.text(RuleAttribute.outgoing),
    action,
    table: action === "lookup" ? (attributes.u32(RuleAttribute.table) ?? head.u8(4)) : undefined,
    gotoPreference: attributes.u32(RuleAttribute.goto),
    realms: attributes.u32(RuleAttribute.realms),
    suppressPrefixLength: optional(RuleAttribute.suppressPrefixLength),
    suppressGroup: optional(RuleAttribute.suppressGroup),
    tunnelId:
      tunnel?.length === 8 ? new DataView(tunnel.buffer, tunnel.byteOffset).getBigUint64(0) : undefined,
    uidRange: range(attributes.bytes(RuleAttribute.uidRange), 4),
    l3mdev: attributes.u8(RuleAttribute.l3mdev) === 1,
    protocol: attributes.u8(RuleAttribute.protocol) ?? 0,
    ipProtocol: attributes.u8(RuleAttribute.ipProtocol),
    sourcePorts: range(attributes.bytes(RuleAttribute.sourcePorts), 2),
    destinationPorts: range(attributes.bytes(RuleAttribute.destinationPorts), 2),
  };
}

/** struct fib_rule_uid_range and fib_rule_port_range: both ends, in host order. */
function range(bytes: Uint8Array | undefined, size: 2 | 4): Range | undefined {
  if (!bytes) return undefined;
  const { head } = Structure.split(bytes, 2 * size, "range");
  return size === 2 ? { from: head.u16(0), to: head.u16(2) } : { from: head.u32(0), to: head.u32(4) };
}
