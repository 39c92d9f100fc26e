import {
  AF_NETLINK,
  bind,
  close,
  MSG_DONTWAIT,
  netlinkAddress,
  receive,
  SO_RCVBUFFORCE,
  SOCK_RAW,
  SOL_SOCKET,
  sendTo,
  setOption,
  socket,
} from "../sys/index.js";
import { BodyWriter } from "./attributes.js";
import { buildMessage, ControlType, MessageFlag, parseAcknowledgement, parseMessages } from "./message.js";
import { NetlinkError } from "./netlink-error.js";

/*
 * Messages of nf_tables (include/uapi/linux/netfilter/nfnetlink.h, nf_tables.h): a head of struct nfgenmsg, attributes in
 * network order, and a transaction that stands between two messages "begin" and "end". Nothing of it is done unless all is.
 *
 *   0        1         2             4
 *   | family | version | resource id | attributes ...
 */
const NETLINK_NETFILTER = 12;
const subsystem = 10;
const Batch = { begin: 16, end: 17 };
const Type = { newTable: 0, deleteTable: 2, newChain: 3, newRule: 6 };
const Table = { name: 1, flags: 2 };
const Chain = { table: 1, name: 3, hook: 4, policy: 5, type: 7 };
const Hook = { number: 1, priority: 2 };
const Rule = { table: 1, chain: 2, expressions: 4 };
const listElement = 1;
const Expression = { name: 1, data: 2 };
const Payload = { register: 1, base: 2, offset: 3, length: 4 };
const Meta = { register: 1, key: 2 };
const Compare = { register: 1, operation: 2, value: 3 };
const Immediate = { register: 1, data: 2 };
const Data = { value: 1, verdict: 2 };
const VERDICT_CODE = 1;
/** NFT_TABLE_F_OWNER: the table belongs to the socket that made it, and goes with it (Linux 5.12). */
const ownedTable = 2;
const familyInet = 1;
const acceptPolicy = 1;
const registerVerdict = 0;
const register1 = 1;
const capacity = 1 << 20;

/** Netfilter's hooks that packets of this host go through. */
const hooks = { input: 1, output: 3 } as const;
const verdicts = { drop: 0, accept: 1 } as const;

/** What a rule compares, one after the other; all must be so. */
export type NftMatch =
  /** Of the network (IP) header or what follows it, from a byte on. */
  | {
      readonly kind: "payload";
      readonly base: "network" | "transport";
      readonly offset: number;
      readonly value: Uint8Array;
    }
  /** 4 or 6. */
  | { readonly kind: "family"; readonly family: 4 | 6 }
  | { readonly kind: "protocol"; readonly protocol: number }
  /** Index of the device that a packet leaves by. */
  | { readonly kind: "output"; readonly device: number };

export interface NftRule {
  readonly matches: readonly NftMatch[];
  readonly verdict: keyof typeof verdicts;
}

/** A chain at a hook, with its rules in order; what no rule decides goes on. */
export interface NftChain {
  readonly hook: keyof typeof hooks;
  readonly rules: readonly NftRule[];
}

/** A firewall table (family inet) of our own in the calling thread's network. It goes with the process, however that ends. */
export class NftTable {
  readonly name: string;
  readonly #fd: number;
  #exists = false;
  #sequence = 0;
  #open = true;

  /** @throws SystemError EPROTONOSUPPORT where the kernel has no nfnetlink. */
  constructor(name: string) {
    this.name = name;
    this.#fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER);
    try {
      setOption(this.#fd, SOL_SOCKET, SO_RCVBUFFORCE, capacity);
      bind(this.#fd, netlinkAddress());
    } catch (error) {
      close(this.#fd);
      throw error;
    }
  }

  /**
   * Puts these chains in the place of those that were there, in one step.
   * @throws {NetlinkError} the first refusal; then nothing has changed.
   */
  set(chains: readonly NftChain[]): void {
    if (chains.length === 0 && !this.#exists) return;
    const messages: Draft[] = [];
    if (this.#exists) messages.push(this.#table("remove", Type.deleteTable, 0));
    if (chains.length > 0) {
      messages.push(this.#table("add", Type.newTable, MessageFlag.create));
      for (const chain of chains) messages.push(...this.#chain(chain));
    }
    this.#transact(messages);
    this.#exists = chains.length > 0;
  }

  /** The table goes. A second call does nothing. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    close(this.#fd);
  }

  #table(verb: string, type: number, flags: number): Draft {
    const body = head().text(Table.name, this.name);
    if (type === Type.newTable) body.bytes(Table.flags, be32(ownedTable));
    return { operation: `${verb} firewall table ${this.name}`, type, flags, body: body.finish() };
  }

  #chain({ hook, rules }: NftChain): Draft[] {
    const chain = head()
      .text(Chain.table, this.name)
      .text(Chain.name, hook)
      .text(Chain.type, "filter")
      .bytes(Chain.policy, be32(acceptPolicy))
      .nested(Chain.hook, (inner) =>
        inner.bytes(Hook.number, be32(hooks[hook])).bytes(Hook.priority, be32(0)),
      );
    const flags = MessageFlag.create;
    return [
      { operation: `add firewall chain ${hook}`, type: Type.newChain, flags, body: chain.finish() },
      ...rules.map((rule) => ({
        operation: "add firewall rule",
        type: Type.newRule,
        flags: MessageFlag.create | MessageFlag.append,
        body: head()
          .text(Rule.table, this.name)
          .text(Rule.chain, hook)
          .nested(Rule.expressions, (list) => writeRule(list, rule))
          .finish(),
      })),
    ];
  }

  #transact(drafts: readonly Draft[]): void {
    const frame = (type: number) => ({
      operation: "firewall transaction",
      type,
      flags: 0,
      body: head(subsystem).finish(),
    });
    const messages = [frame(Batch.begin), ...drafts, frame(Batch.end)].map((draft, index) => {
      const outer = index === 0 || index === drafts.length + 1;
      return buildMessage({
        type: outer ? draft.type : (subsystem << 8) | draft.type,
        flags: MessageFlag.request | (outer ? 0 : MessageFlag.acknowledge) | draft.flags,
        sequence: ++this.#sequence,
        body: draft.body,
      });
    });
    const first = this.#sequence - drafts.length;
    sendTo(this.#fd, Buffer.concat(messages), netlinkAddress());
    // The kernel has answered before sendto returns.
    const buffer = new Uint8Array(65_536);
    let refusal: NetlinkError | undefined;
    for (;;) {
      const length = receive(this.#fd, buffer, MSG_DONTWAIT);
      if (length === undefined) break;
      for (const message of parseMessages(buffer.slice(0, length))) {
        if (message.type !== ControlType.error) continue;
        const { errno, kernelMessage } = parseAcknowledgement(message);
        const draft = drafts[message.sequence - first];
        if (errno !== 0)
          refusal ??= new NetlinkError(draft?.operation ?? "firewall transaction", errno, kernelMessage);
      }
    }
    if (refusal) throw refusal;
  }
}

interface Draft {
  readonly operation: string;
  readonly type: number;
  readonly flags: number;
  readonly body: Uint8Array;
}

function head(resource = 0): BodyWriter {
  const family = resource === 0 ? familyInet : 0;
  return new BodyWriter().structure(Uint8Array.of(family, 0, resource >> 8, resource & 0xff));
}

function writeRule(list: BodyWriter, { matches, verdict }: NftRule): void {
  for (const match of matches) writeMatch(list, match);
  expression(list, "immediate", (data) =>
    data.bytes(Immediate.register, be32(registerVerdict)).nested(Immediate.data, (value) => {
      value.nested(Data.verdict, (inner) => void inner.bytes(VERDICT_CODE, be32(verdicts[verdict])));
    }),
  );
}

/** NFT_META_*, NFT_PAYLOAD_*_HEADER, NFPROTO_* */
const metaKeys = { output: 5, family: 15, protocol: 16 } as const;
const bases = { network: 1, transport: 2 } as const;
const families = { 4: 2, 6: 10 } as const;

function writeMatch(list: BodyWriter, match: NftMatch): void {
  if (match.kind === "payload") {
    expression(list, "payload", (data) =>
      data
        .bytes(Payload.register, be32(register1))
        .bytes(Payload.base, be32(bases[match.base]))
        .bytes(Payload.offset, be32(match.offset))
        .bytes(Payload.length, be32(match.value.length)),
    );
    compare(list, match.value);
    return;
  }
  expression(list, "meta", (data) =>
    data.bytes(Meta.register, be32(register1)).bytes(Meta.key, be32(metaKeys[match.kind])),
  );
  if (match.kind === "family") compare(list, Uint8Array.of(families[match.family]));
  else if (match.kind === "protocol") compare(list, Uint8Array.of(match.protocol));
  else compare(list, new Uint8Array(Uint32Array.of(match.device).buffer)); // Host order, as the kernel has it.
}

function compare(list: BodyWriter, value: Uint8Array): void {
  const equal = 0;
  expression(list, "cmp", (data) =>
    data
      .bytes(Compare.register, be32(register1))
      .bytes(Compare.operation, be32(equal))
      .nested(Compare.value, (inner) => void inner.bytes(Data.value, value)),
  );
}

function expression(list: BodyWriter, name: string, fill: (data: BodyWriter) => void): void {
  list.nested(listElement, (element) => element.text(Expression.name, name).nested(Expression.data, fill));
}

function be32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value >>> 0);
  return bytes;
}
