import type { IpAddress } from "../wire/address.js";
import { BodyWriter } from "./attributes.js";
import { MessageFlag } from "./message.js";
import { NetlinkError } from "./netlink-error.js";
import type { NetlinkSocket, Request } from "./netlink-socket.js";
import { checkPrefixLength } from "./prefix.js";
import { RouteTable } from "./route.js";
import {
  invertFlag,
  parseRule,
  RTM_DELRULE,
  RTM_GETRULE,
  RTM_NEWRULE,
  type Rule,
  RuleAction,
  RuleAttribute,
  ruleHeadSize,
} from "./rule.js";
import { familyNumber, Structure } from "./structure.js";

/** A policy rule to be made, or (what is given of it) to be removed. */
export interface NewRule {
  readonly family: 4 | 6;
  /** The kernel takes one before the first rule if none is given. */
  readonly preference?: number;
  /** What does not match is meant. */
  readonly not?: boolean;
  readonly from?: { readonly address: IpAddress; readonly prefixLength: number };
  readonly to?: { readonly address: IpAddress; readonly prefixLength: number };
  readonly tos?: number;
  readonly mark?: { readonly value: number; readonly mask?: number };
  readonly incoming?: string;
  readonly outgoing?: string;
  /** "lookup" unless said. */
  readonly action?: RuleAction;
  /** Of "lookup": main unless said. */
  readonly table?: number;
  /** Of "goto". */
  readonly gotoPreference?: number;
  readonly realms?: number;
  readonly suppressPrefixLength?: number;
  readonly suppressGroup?: number;
  readonly tunnelId?: bigint;
  readonly uidRange?: { readonly from: number; readonly to: number };
  readonly l3mdev?: boolean;
  /** RTPROT_*: who made it. */
  readonly protocol?: number;
  readonly ipProtocol?: number;
  readonly sourcePorts?: { readonly from: number; readonly to: number };
  readonly destinationPorts?: { readonly from: number; readonly to: number };
}

/** Policy rules: which packets look into which table. */
export class Rules {
  readonly #socket: NetlinkSocket;

  constructor(socket: NetlinkSocket) {
    this.#socket = socket;
  }

  /** Rules by preference, of both families unless one is given. */
  list(family?: 4 | 6): Rule[] {
    const families = family === undefined ? ([4, 6] as const) : [family];
    return families.flatMap((one) => this.#listFamily(one));
  }

  /** @throws {NetlinkError} EEXIST if there is the same one. */
  add(rule: NewRule): void {
    this.#socket.request(request("add", RTM_NEWRULE, rule, MessageFlag.create | MessageFlag.exclusive));
  }

  /** Removes the first rule that has all that is given. @throws {NetlinkError} ENOENT if there is none. */
  remove(rule: NewRule): void {
    this.#socket.request(request("remove", RTM_DELRULE, rule, 0));
  }

  #listFamily(family: 4 | 6): Rule[] {
    const body = Structure.ofSize(ruleHeadSize).setU8(0, familyNumber(family)).bytes;
    try {
      return this.#socket
        .list({ operation: `list IPv${family} rules`, type: RTM_GETRULE, body })
        .map((message) => parseRule(message.body))
        .filter((rule) => rule !== undefined);
    } catch (error) {
      if (NetlinkError.is(error, "EOPNOTSUPP", "EAFNOSUPPORT")) return []; // A kernel without IPv6 or policy rules.
      throw error;
    }
  }
}

function request(verb: string, type: number, rule: NewRule, flags: number): Request {
  const action = rule.action ?? "lookup";
  const table = action === "lookup" && !rule.l3mdev ? (rule.table ?? RouteTable.main) : undefined;
  const length = (prefix: NewRule["from"]) =>
    prefix ? checkPrefixLength(prefix.address, prefix.prefixLength) : 0;
  const head = Structure.ofSize(ruleHeadSize)
    .setU8(0, familyNumber(rule.family))
    .setU8(1, length(rule.to))
    .setU8(2, length(rule.from))
    .setU8(3, rule.tos ?? 0)
    .setU8(4, table !== undefined && table < 256 ? table : 0)
    .setU8(7, RuleAction[action])
    .setU32(8, rule.not ? invertFlag : 0);
  const body = new BodyWriter()
    .structure(head.bytes)
    .address(RuleAttribute.destination, length(rule.to) > 0 ? rule.to?.address : undefined)
    .address(RuleAttribute.source, length(rule.from) > 0 ? rule.from?.address : undefined)
    .text(RuleAttribute.incoming, rule.incoming)
    .text(RuleAttribute.outgoing, rule.outgoing)
    .u32(RuleAttribute.goto, rule.gotoPreference)
    .u32(RuleAttribute.preference, rule.preference)
    .u32(RuleAttribute.mark, rule.mark?.value)
    .u32(RuleAttribute.markMask, rule.mark && (rule.mark.mask ?? 0xffffffff))
    .u32(RuleAttribute.realms, rule.realms)
    .bytes(RuleAttribute.tunnelId, rule.tunnelId === undefined ? undefined : bigEndian64(rule.tunnelId))
    .u32(RuleAttribute.suppressGroup, rule.suppressGroup)
    .u32(RuleAttribute.suppressPrefixLength, rule.suppressPrefixLength)
    .u32(RuleAttribute.table, table)
    .u8(RuleAttribute.l3mdev, rule.l3mdev ? 1 : undefined)
    .bytes(RuleAttribute.uidRange, range(rule.uidRange, 4))
    .u8(RuleAttribute.protocol, rule.protocol)
    .u8(RuleAttribute.ipProtocol, rule.ipProtocol)
    .bytes(RuleAttribute.sourcePorts, range(rule.sourcePorts, 2))
    .bytes(RuleAttribute.destinationPorts, range(rule.destinationPorts, 2))
    .finish();
  return { operation: `${verb} rule ${describe(rule)}`, type, flags, body };
}

function describe({ not, from, to, action, table, preference }: NewRule): string {
  const words = [
    preference === undefined ? "" : `${preference}:`,
    not ? "not" : "",
    `from ${from ? `${from.address}/${from.prefixLength}` : "all"}`,
    to ? `to ${to.address}/${to.prefixLength}` : "",
    action === undefined || action === "lookup" ? `lookup ${table ?? "main"}` : action,
  ];
  return words.filter((word) => word !== "").join(" ");
}

function bigEndian64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value);
  return bytes;
}

function range(ends: { from: number; to: number } | undefined, size: 2 | 4): Uint8Array | undefined {
  if (!ends) return undefined;
  const bytes = Structure.ofSize(2 * size);
  return size === 2
    ? bytes.setU16(0, ends.from).setU16(2, ends.to).bytes
    : bytes.setU32(0, ends.from).setU32(4, ends.to).bytes;
}
