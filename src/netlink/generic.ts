import { Attributes, BodyWriter } from "./attributes.js";
import { MalformedMessageError } from "./malformed.js";
import { NetlinkError } from "./netlink-error.js";
import type { NetlinkSocket } from "./netlink-socket.js";
import { Structure } from "./structure.js";

/*
 * The head of a message of a generic family: struct genlmsghdr (include/uapi/linux/genetlink.h).
 *
 *   0         1         2         4
 *   | command | version |    0    | attributes ...
 */
const headSize = 4;
/** The family that knows all families: "nlctrl". */
const GENL_ID_CTRL = 16;
const CTRL_CMD_GETFAMILY = 3;
/** CTRL_ATTR_* */
const Control = { id: 1, name: 2, version: 3, groups: 7 };
/** CTRL_ATTR_MCAST_GRP_* */
const Group = { name: 1, id: 2 };

/** A generic family, as this kernel numbers it. */
export interface GenericFamily {
  readonly name: string;
  readonly id: number;
  readonly version: number;
  /** Ids of its multicast groups by name. */
  readonly groups: ReadonlyMap<string, number>;
}

/** A request to a family: what it wants in words (for errors), the command, and its attributes. */
export interface GenericRequest {
  readonly operation: string;
  readonly command: number;
  readonly flags?: number;
  /** The family's own version if none is given. */
  readonly version?: number;
  write?(body: BodyWriter): void;
}

/** Generic netlink: families that are found by name. Takes a socket of NetlinkProtocol.generic. */
export class GenericNetlink {
  readonly #socket: NetlinkSocket;
  readonly #families = new Map<string, GenericFamily>();

  constructor(socket: NetlinkSocket) {
    this.#socket = socket;
  }

  /** The family, or undefined if this kernel lacks it (or its module is not loaded). */
  family(name: string): GenericFamily | undefined {
    const known = this.#families.get(name);
    if (known) return known;
    try {
      const body = writeHead(CTRL_CMD_GETFAMILY, 1).text(Control.name, name).finish();
      const [message] = this.#socket.request({
        operation: `find generic family ${name}`,
        type: GENL_ID_CTRL,
        body,
      });
      const family = message && parseFamily(readAttributes(message.body));
      if (family) this.#families.set(name, family);
      return family;
    } catch (error) {
      if (NetlinkError.is(error, "ENOENT")) return undefined;
      throw error;
    }
  }

  /** Sends a request and gives the attributes of the answers, if there are any. @throws {NetlinkError} */
  request(family: GenericFamily, request: GenericRequest): Attributes[] {
    return this.#socket.request(build(family, request)).map((message) => readAttributes(message.body));
  }

  /** Asks for a list. @throws {NetlinkError} */
  list(family: GenericFamily, request: GenericRequest): Attributes[] {
    return this.#socket.list(build(family, request)).map((message) => readAttributes(message.body));
  }
}

function build(family: GenericFamily, request: GenericRequest) {
  const body = writeHead(request.command, request.version ?? family.version);
  request.write?.(body);
  return {
    operation: request.operation,
    type: family.id,
    flags: request.flags ?? 0,
    body: body.finish(),
  };
}

function writeHead(command: number, version: number): BodyWriter {
  return new BodyWriter().structure(Structure.ofSize(headSize).setU8(0, command).setU8(1, version).bytes);
}

function readAttributes(body: Uint8Array): Attributes {
  return Attributes.parse(Structure.split(body, headSize, "genlmsghdr").rest);
}

function parseFamily(attributes: Attributes): GenericFamily {
  const id = attributes.u16(Control.id);
  const name = attributes.text(Control.name);
  if (id === undefined || name === undefined)
    throw new MalformedMessageError("a generic family without id or name");
  const groups = new Map<string, number>();
  for (const { value } of attributes.nested(Control.groups)?.all ?? []) {
    const group = Attributes.parse(value);
    const groupId = group.u32(Group.id);
    const groupName = group.text(Group.name);
    if (groupId !== undefined && groupName !== undefined) groups.set(groupName, groupId);
  }
  return { name, id, version: attributes.u32(Control.version) ?? 1, groups };
}
