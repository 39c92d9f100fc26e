import { close } from "./descriptor.js";
import { AF_INET, AF_INET6, inetAddress } from "./sockaddr.js";
import { bind, SOCK_NONBLOCK, SOCK_RAW, SOL_SOCKET, setOption, socket } from "./socket.js";
import { filterSocket } from "./socket-filter.js";
import type { ControlMessage } from "./socket-message.js";

// include/uapi/linux/in.h, in6.h, asm-generic/socket.h
const SO_RCVBUF = 8;
const SO_PRIORITY = 12;
const SO_BINDTODEVICE = 25;
const IPPROTO_IP = 0;
const IPPROTO_IPV6 = 41;
const IP_HDRINCL = 3;
const IP_MULTICAST_IF = 32;
const IP_MULTICAST_TTL = 33;
const IP_MULTICAST_LOOP = 34;
const IP_ADD_MEMBERSHIP = 35;
const IP_MULTICAST_ALL = 49;
const IPV6_MULTICAST_IF = 17;
const IPV6_MULTICAST_HOPS = 18;
const IPV6_MULTICAST_LOOP = 19;
const IPV6_JOIN_GROUP = 20;
const IPV6_MULTICAST_ALL = 29;
const IPV6_RECVPKTINFO = 49;
const IPV6_PKTINFO = 50;
const IPV6_RECVHOPLIMIT = 51;
const IPV6_HOPLIMIT = 52;
const IPV6_TCLASS = 67;
/** TC_PRIO_CONTROL: before all else in a device's queue. */
const controlPriority = 6;

/** A device by name and index. */
export interface Device {
  readonly name: string;
  readonly index: number;
}

/** A raw IP socket that receives from one device. */
export interface RawReceiver {
  /** 4 or 6. */
  readonly family: 4 | 6;
  /** Of the IP header: 112 for VRRP. */
  readonly protocol: number;
  /** Without one it hears all devices, and can join no group. */
  readonly device?: Device;
  /** The group it joins, or an address of this host; only what is sent there is received. 4 or 16 bytes. */
  readonly group?: Uint8Array;
  readonly address?: Uint8Array;
  /** Bytes of its queue, as SO_RCVBUF. */
  readonly buffer?: number;
}

/**
 * Opens a socket for packets of an IP protocol, non-blocking, in the calling thread's network namespace. IPv4 packets come
 * with their header; for IPv6 hop limit and destination come beside it: {@link ipv6Details}.
 * @throws SystemError EADDRNOTAVAIL if the address is not this host's.
 */
export function openRawReceiver(wanted: RawReceiver): number {
  const { family, device, group, address, buffer } = wanted;
  const fd = openRaw(family, wanted.protocol);
  try {
    if (buffer !== undefined) setOption(fd, SOL_SOCKET, SO_RCVBUF, buffer);
    ignoreOtherGroups(fd, family);
    if (group && device) joinGroup(fd, family, group, device.index);
    const to = group ?? address;
    if (to) bind(fd, inetAddress(to, 0, isLinkLocal(to) ? (device?.index ?? 0) : 0));
    if (family === 6) {
      setOption(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
      setOption(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
    }
    if (device) bindToDevice(fd, device.name);
    return fd;
  } catch (error) {
    close(fd);
    throw error;
  }
}

/**
 * Opens a socket that sends packets of an IP protocol out of one device (or any, by the routes) and receives nothing. For IPv4 the caller gives
 * the header as well; for IPv6 the traffic class is 0xc0 and {@link ipv6Source} tells the rest. Multicast packets go to
 * the wire only, with a hop limit of 255.
 */
export function openRawSender(family: 4 | 6, protocol: number, device?: Device): number {
  const fd = openRaw(family, protocol);
  try {
    setOption(fd, SOL_SOCKET, SO_RCVBUF, 0);
    ignoreOtherGroups(fd, family);
    if (device) bindToDevice(fd, device.name);
    if (family === 4) {
      setOption(fd, IPPROTO_IP, IP_HDRINCL, 1);
      if (device) setOption(fd, IPPROTO_IP, IP_MULTICAST_IF, membership4(new Uint8Array(4), device.index));
      setOption(fd, IPPROTO_IP, IP_MULTICAST_TTL, 255);
      setOption(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 0);
    } else {
      if (device) setOption(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, device.index);
      setOption(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 255);
      setOption(fd, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, 0);
      setOption(fd, IPPROTO_IPV6, IPV6_TCLASS, 0xc0);
    }
    setOption(fd, SOL_SOCKET, SO_PRIORITY, controlPriority);
    // A raw socket hears all packets of its protocol: this one's queue takes none.
    filterNothing(fd);
    return fd;
  } catch (error) {
    close(fd);
    throw error;
  }
}

/** From which address and with which hop limit an IPv6 packet leaves: for {@link MessageRoom.send}. */
export function ipv6Source(address: Uint8Array, device: number, hopLimit: number): ControlMessage[] {
  const info = Buffer.alloc(20); // struct in6_pktinfo: the address, the device's index.
  info.set(address);
  info.writeUInt32LE(device, 16);
  const hops = Buffer.alloc(4);
  hops.writeInt32LE(hopLimit);
  return [
    { level: IPPROTO_IPV6, type: IPV6_PKTINFO, data: info },
    { level: IPPROTO_IPV6, type: IPV6_HOPLIMIT, data: hops },
  ];
}

/** What came beside an IPv6 packet. */
export function ipv6Details(control: readonly ControlMessage[]): {
  destination: Uint8Array | undefined;
  hopLimit: number | undefined;
} {
  const find = (type: number) =>
    control.find((message) => message.level === IPPROTO_IPV6 && message.type === type)?.data;
  const hops = find(IPV6_HOPLIMIT);
  return {
    destination: find(IPV6_PKTINFO)?.slice(0, 16),
    hopLimit: hops && Buffer.from(hops).readInt32LE(0),
  };
}

/** Ties a socket to one device. */
export function bindToDevice(fd: number, name: string): void {
  setOption(fd, SOL_SOCKET, SO_BINDTODEVICE, Buffer.from(`${name}\0`));
}

function openRaw(family: 4 | 6, protocol: number): number {
  return socket(family === 4 ? AF_INET : AF_INET6, SOCK_RAW | SOCK_NONBLOCK, protocol);
}

/** Else every group that anybody of this host has joined would be heard. */
function ignoreOtherGroups(fd: number, family: 4 | 6): void {
  if (family === 4) setOption(fd, IPPROTO_IP, IP_MULTICAST_ALL, 0);
  else setOption(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, 0);
}

function joinGroup(fd: number, family: 4 | 6, group: Uint8Array, device: number): void {
  if (family === 4) {
    setOption(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, membership4(group, device));
    return;
  }
  const request = Buffer.alloc(20); // struct ipv6_mreq: the group, the device's index.
  request.set(group);
  request.writeUInt32LE(device, 16);
  setOption(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, request);
}

/** struct ip_mreqn: group, own address (none: by the index), index of the device; 4 bytes each. */
function membership4(group: Uint8Array, device: number): Buffer {
  const request = Buffer.alloc(12);
  request.set(group);
  request.writeInt32LE(device, 8);
  return request;
}

const isLinkLocal = (address: Uint8Array) =>
  address.length === 16 &&
  ((address[0] === 0xfe && (address[1]! & 0xc0) === 0x80) ||
    (address[0] === 0xff && (address[1]! & 15) === 2));

function filterNothing(fd: number): void {
  filterSocket(fd, [[0x06, 0, 0, 0]]); // BPF_RET | BPF_K, 0: no byte is kept.
}
