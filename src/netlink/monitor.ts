import {
  AF_NETLINK,
  bind,
  close,
  MSG_DONTWAIT,
  MSG_TRUNC,
  netlinkAddress,
  type ReadySet,
  receive,
  SO_RCVBUFFORCE,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SOL_SOCKET,
  SystemError,
  setOption,
  socket,
  withNetworkNamespace,
} from "../sys/index.js";
import { type LinkAddress, parseAddress, RTM_DELADDR, RTM_NEWADDR } from "./addresses.js";
import { type Link, parseLink } from "./link.js";
import { RTM_DELLINK, RTM_NEWLINK } from "./links.js";
import { MalformedMessageError } from "./malformed.js";
import { type Message, parseMessages } from "./message.js";
import { type Neighbour, parseNeighbour, RTM_DELNEIGH, RTM_NEWNEIGH } from "./neighbours.js";
import { NetlinkProtocol } from "./netlink-socket.js";
import { parseRoute, type Route } from "./route.js";
import { RTM_DELROUTE, RTM_NEWROUTE } from "./routes.js";
import { parseRule, RTM_DELRULE, RTM_NEWRULE, type Rule } from "./rule.js";
import { AF_UNSPEC } from "./structure.js";

/** Groups to listen to, RTNLGRP_*: include/uapi/linux/rtnetlink.h. */
const Groups = { link: [1], neighbour: [3], address: [5, 9], route: [7, 11], rule: [8, 19] } as const;
/** Some thousand messages; the default holds a few hundred. */
const receiveBuffer = 1 << 20;
/** So many datagrams are read before others have their turn; what is left is announced again at once. */
const datagramsPerTurn = 256;
const largestDatagram = 65_536;
/** More datagrams than the buffer can hold: a limit for a queue that fills as fast as it is emptied. */
const largestQueue = 10_000;

/** "set": it is new, or something of it changed, and this is how it is now. */
export type Change = "set" | "removed";

/** What one wants to be told of; kinds without a callback are not listened to. */
export interface NetworkCallbacks {
  link?(change: Change, link: Link): void;
  address?(change: Change, address: LinkAddress): void;
  neighbour?(change: Change, neighbour: Neighbour): void;
  route?(change: Change, route: Route): void;
  rule?(change: Change, rule: Rule): void;
  /** Changes came faster than they were read, and some were lost: list anew what is needed. Watching goes on. */
  resync(): void;
}

export interface NetworkWatch {
  /** No callback comes after it. A second call does nothing. */
  close(): void;
}

/**
 * Tells of changes in the calling thread's network namespace, or in the one that `namespace` (a descriptor) is. Start
 * watching first and list afterwards: then nothing is missed.
 */
export function watchNetwork(
  callbacks: NetworkCallbacks,
  ready: ReadySet,
  options: { namespace?: number } = {},
): NetworkWatch {
  const { namespace } = options;
  const fd =
    namespace === undefined ? listen(callbacks) : withNetworkNamespace(namespace, () => listen(callbacks));
  const buffer = new Uint8Array(largestDatagram);
  let open = true;

  const next = (): Message[] | "none" | "lost" => {
    try {
      const length = receive(fd, buffer, MSG_DONTWAIT | MSG_TRUNC);
      if (length === undefined) return "none";
      return length > buffer.length ? "lost" : parseMessages(buffer.slice(0, length));
    } catch (error) {
      if (SystemError.is(error, "EINTR")) return [];
      if (SystemError.is(error, "ENOBUFS") || error instanceof MalformedMessageError) return "lost";
      throw error;
    }
  };
  const turn = () => {
    for (let count = 0; open && count < datagramsPerTurn; count++) {
      const messages = next();
      if (messages === "none") return;
      if (messages === "lost") {
        // What waits is older than what was lost: told after a new list, it would undo the truth.
        for (let waiting = 0; waiting < largestQueue && next() !== "none"; waiting++);
        callbacks.resync();
        return;
      }
      for (const message of messages) if (open) tell(callbacks, message);
    }
  };

  try {
    ready.add(fd, turn);
  } catch (error) {
    close(fd);
    throw error;
  }
  return {
    close() {
      if (!open) return;
      open = false;
      ready.remove(fd);
      close(fd);
    },
  };
}

function listen(callbacks: NetworkCallbacks): number {
  let mask = 0;
  for (const [kind, groups] of Object.entries(Groups))
    if (callbacks[kind as keyof typeof Groups]) for (const group of groups) mask |= 1 << (group - 1);
  const fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NetlinkProtocol.route);
  try {
    enlargeBuffer(fd);
    bind(fd, netlinkAddress(0, mask));
    return fd;
  } catch (error) {
    close(fd);
    throw error;
  }
}

/** A help, no need: without CAP_NET_ADMIN the buffer stays as it is. */
function enlargeBuffer(fd: number): void {
  try {
    setOption(fd, SOL_SOCKET, SO_RCVBUFFORCE, receiveBuffer);
  } catch (error) {
    if (!SystemError.is(error, "EPERM")) throw error;
  }
}

function tell(callbacks: NetworkCallbacks, { type, body }: Message): void {
  if (type === RTM_NEWLINK || type === RTM_DELLINK) {
    // A bridge tells of its ports in messages of its own family: the end of a port is not the end of a link.
    if (body[0] !== AF_UNSPEC) return;
    const link = parseLink(body);
    if (link.name !== "") callbacks.link?.(type === RTM_DELLINK ? "removed" : "set", link); // Wireless events have none.
  } else if (type === RTM_NEWADDR || type === RTM_DELADDR) {
    const address = parseAddress(body);
    if (address) callbacks.address?.(type === RTM_DELADDR ? "removed" : "set", address);
  } else if (type === RTM_NEWNEIGH || type === RTM_DELNEIGH) {
    const neighbour = parseNeighbour(body);
    if (neighbour) callbacks.neighbour?.(type === RTM_DELNEIGH ? "removed" : "set", neighbour);
  } else if (type === RTM_NEWROUTE || type === RTM_DELROUTE) {
    const route = parseRoute(body);
    if (route) callbacks.route?.(type === RTM_DELROUTE ? "removed" : "set", route);
  } else if (type === RTM_NEWRULE || type === RTM_DELRULE) {
    const rule = parseRule(body);
    if (rule) callbacks.rule?.(type === RTM_DELRULE ? "removed" : "set", rule);
  }
}
