import { Attributes, BodyWriter } from "./attributes.js";
import { indexOfLink, type LinkReference } from "./link-name.js";
import { MessageFlag } from "./message.js";
import { NetlinkError } from "./netlink-error.js";
import type { NetlinkSocket, Request } from "./netlink-socket.js";
import { Structure } from "./structure.js";

const RTM_NEWQDISC = 36;
const RTM_DELQDISC = 37;
const RTM_GETQDISC = 38;
const RTM_NEWTFILTER = 44;
const RTM_DELTFILTER = 45;
const RTM_GETTFILTER = 46;

/*
 * The head of a qdisc or filter message: struct tcmsg (include/uapi/linux/rtnetlink.h). A handle is major:minor, 16
 * bits each; a filter's info is its priority (upper 16 bits) and its protocol (lower 16, in network order).
 *
 *   0        1               4               8               12              16              20
 *   | family |       0       |  link index   |    handle     |    parent     |     info      |
 */
const headSize = 20;
/** TCA_* */
const Attribute = { kind: 1, options: 2 };
/** TCA_BPF_* */
const Bpf = { fd: 6, name: 7, flags: 8, tag: 10, id: 11 };
const TCA_BPF_FLAG_ACT_DIRECT = 1;

/*
 * What the qdisc netem is told: struct tc_netem_qopt (include/uapi/linux/pkt_sched.h). Times are in ticks of 64 ns
 * (PSCHED_SHIFT, include/net/pkt_sched.h).
 *
 *   0         4       8      12    16          20       24
 *   | latency | limit | loss | gap | duplicate | jitter |
 */
const netemSize = 24;
const netemTick = 64; // ns
const root = 0xffffffff;
const rootHandle = 0x10000; // 1:

const clsactParent = 0xfffffff1;
const clsactHandle = 0xffff0000;
/** The two places of clsact where filters hang. */
const hooks = { ingress: 0xfffffff2, egress: 0xfffffff3 } as const;
/** ETH_P_ALL in network order, as a host-order number wants it: the two bytes are 00 03. */
const everyProtocol = new Uint16Array(Uint8Array.of(0, 3).buffer)[0]!;

export type Hook = keyof typeof hooks;

/** A queueing discipline of a link; "clsact" holds filters and queues nothing. */
export interface Qdisc {
  readonly link: number;
  readonly kind: string;
  readonly handle: number;
  readonly parent: number;
}

/** Where a filter hangs: a fixed priority and handle, so that it is found again and replaced in one step. */
export interface FilterPlace {
  readonly hook: Hook;
  /** 1 (runs first) to 65535. */
  readonly priority: number;
  /** 1 if none is given. */
  readonly handle?: number;
}

/** A BPF program as a filter: its result is the verdict (direct action). */
export interface NewBpfFilter extends FilterPlace {
  /** Descriptor of a loaded program of type SCHED_CLS; it may be closed afterwards. */
  readonly program: number;
  /** What lists show. */
  readonly name: string;
}

export interface Filter {
  readonly link: number;
  readonly hook: Hook;
  /** "bpf" for ours. */
  readonly kind: string;
  readonly priority: number;
  readonly handle: number;
  readonly name: string | undefined;
  readonly programId: number | undefined;
  /** The program's tag in hexadecimal: a hash of its instructions. */
  readonly tag: string | undefined;
  readonly directAction: boolean;
}

/** The clsact hooks of links: where a tc program runs on kernels without tcx (before Linux 6.6). */
export class TrafficControl {
  readonly #socket: NetlinkSocket;

  constructor(socket: NetlinkSocket) {
    this.#socket = socket;
  }

  /** The qdiscs of all links, or of one. */
  qdiscs(link?: LinkReference): Qdisc[] {
    const index = link === undefined ? 0 : indexOfLink(this.#socket, link);
    const body = Structure.ofSize(headSize).setU32(4, index).bytes;
    return this.#socket
      .list({ operation: "list qdiscs", type: RTM_GETQDISC, body })
      .map(({ body: answer }) => {
        const { head, rest } = Structure.split(answer, headSize, "tcmsg");
        const kind = Attributes.parse(rest).text(Attribute.kind) ?? "";
        return { link: head.u32(4), kind, handle: head.u32(8), parent: head.u32(12) };
      })
      .filter((qdisc) => index === 0 || qdisc.link === index);
  }

  hasClsact(link: LinkReference): boolean {
    return this.qdiscs(link).some(({ kind }) => kind === "clsact");
  }

  /** @throws {NetlinkError} EEXIST if the link has clsact, or an ingress qdisc, which excludes it. */
  addClsact(link: LinkReference): void {
    const flags = MessageFlag.create | MessageFlag.exclusive;
    this.#socket.request({ ...this.#clsact("add", RTM_NEWQDISC, link), flags });
  }

  /** Adds clsact unless it is there; true if it was added. */
  ensureClsact(link: LinkReference): boolean {
    try {
      this.addClsact(link);
      return true;
    } catch (error) {
      if (NetlinkError.is(error, "EEXIST") && this.hasClsact(link)) return false;
      throw error;
    }
  }

  /** Removes clsact with all filters on it, whoever made them. @throws {NetlinkError} ENOENT or EINVAL if there is none. */
  removeClsact(link: LinkReference): void {
    this.#socket.request(this.#clsact("remove", RTM_DELQDISC, link));
  }

  /**
   * Has everything that leaves by a link leave later, in its order, or changes by how much.
   * @param delay in milliseconds.
   * @param limit how many packets may wait; what there is no room for is dropped.
   * @throws {NetlinkError} ENOENT if the kernel has no netem.
   */
  replaceNetem(link: LinkReference, { delay, limit }: { delay: number; limit: number }): void {
    const head = this.#root(link).setU32(8, rootHandle);
    const ticks = Math.round((delay * 1e6) / netemTick);
    const options = Structure.ofSize(netemSize).setU32(0, ticks).setU32(4, limit);
    const body = new BodyWriter()
      .structure(head.bytes)
      .text(Attribute.kind, "netem")
      .bytes(Attribute.options, options.bytes)
      .finish();
    const flags = MessageFlag.create | MessageFlag.replace;
    this.#socket.request({ operation: `delay what leaves by ${link}`, type: RTM_NEWQDISC, flags, body });
  }

  /** Takes away the qdisc that was put at the root of a link. @throws {NetlinkError} ENOENT or EINVAL if there is none. */
  removeRoot(link: LinkReference): void {
    const body = new BodyWriter().structure(this.#root(link).bytes).finish();
    this.#socket.request({ operation: `remove the qdisc of ${link}`, type: RTM_DELQDISC, body });
  }

  #root(link: LinkReference): Structure {
    return Structure.ofSize(headSize).setU32(4, indexOfLink(this.#socket, link)).setU32(12, root);
  }

  /** @throws {NetlinkError} EEXIST if the place is taken; EINVAL if the link has no clsact. */
  addFilter(link: LinkReference, filter: NewBpfFilter): void {
    this.#writeFilter("add", link, filter, MessageFlag.create | MessageFlag.exclusive);
  }

  /** Adds a filter, or puts it in the place of the one that is there, with no packet in between without a filter. */
  replaceFilter(link: LinkReference, filter: NewBpfFilter): void {
    this.#writeFilter("replace", link, filter, MessageFlag.create | MessageFlag.replace);
  }

  /** @throws {NetlinkError} ENOENT if there is none at this place. */
  removeFilter(link: LinkReference, place: FilterPlace): void {
    const body = this.#filterHead(link, place).text(Attribute.kind, "bpf").finish();
    const operation = `remove the filter from ${place.hook} of ${link}`;
    this.#socket.request({ operation, type: RTM_DELTFILTER, body });
  }

  /** The filters of a hook of a link, in the order they run; none if it has no clsact. */
  filters(link: LinkReference, hook: Hook): Filter[] {
    const index = indexOfLink(this.#socket, link);
    const body = Structure.ofSize(headSize).setU32(4, index).setU32(12, hooks[hook]).bytes;
    const operation = `list the filters at ${hook} of ${link}`;
    return this.#socket
      .list({ operation, type: RTM_GETTFILTER, body })
      .map((message) => parseFilter(message.body, hook))
      .filter((filter) => filter !== undefined);
  }

  #clsact(verb: string, type: number, link: LinkReference): Request {
    const head = Structure.ofSize(headSize)
      .setU32(4, indexOfLink(this.#socket, link))
      .setU32(8, clsactHandle)
      .setU32(12, clsactParent);
    const body = new BodyWriter().structure(head.bytes).text(Attribute.kind, "clsact").finish();
    return { operation: `${verb} clsact on ${link}`, type, body };
  }

  #writeFilter(verb: string, link: LinkReference, filter: NewBpfFilter, flags: number): void {
    const body = this.#filterHead(link, filter)
      .text(Attribute.kind, "bpf")
      .nested(Attribute.options, (options) =>
        options
          .u32(Bpf.fd, filter.program)
          .text(Bpf.name, filter.name)
          .u32(Bpf.flags, TCA_BPF_FLAG_ACT_DIRECT),
      )
      .finish();
    const operation = `${verb} filter ${filter.name} at ${filter.hook} of ${link}`;
    this.#socket.request({ operation, type: RTM_NEWTFILTER, flags, body });
  }

  #filterHead(link: LinkReference, place: FilterPlace): BodyWriter {
    const { priority } = place;
    if (!Number.isInteger(priority) || priority < 1 || priority > 0xffff)
      throw new RangeError(`the priority of a filter is 1 to 65535, not ${priority}`);
    const head = Structure.ofSize(headSize)
      .setU32(4, indexOfLink(this.#socket, link))
      .setU32(8, place.handle ?? 1)
      .setU32(12, hooks[place.hook])
      .setU32(16, ((priority << 16) | everyProtocol) >>> 0);
    return new BodyWriter().structure(head.bytes);
  }
}

/** undefined: what stands for a whole priority, not for a filter of it (its handle is 0). */
function parseFilter(body: Uint8Array, hook: Hook): Filter | undefined {
  const { head, rest } = Structure.split(body, headSize, "tcmsg");
  if (head.u32(8) === 0) return undefined;
  const attributes = Attributes.parse(rest);
  const kind = attributes.text(Attribute.kind) ?? "";
  const options = kind === "bpf" ? attributes.nested(Attribute.options) : undefined;
  const tag = options?.bytes(Bpf.tag);
  return {
    link: head.u32(4),
    hook,
    kind,
    priority: head.u32(16) >>> 16,
    handle: head.u32(8),
    name: options?.text(Bpf.name),
    programId: options?.u32(Bpf.id),
    tag: tag && Buffer.from(tag).toString("hex"),
    directAction: ((options?.u32(Bpf.flags) ?? 0) & TCA_BPF_FLAG_ACT_DIRECT) !== 0,
  };
}
