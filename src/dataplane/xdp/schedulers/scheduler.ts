import { type Argument, bytes, type StructView, struct, type U32, u32 } from "../../../asm/index.js";
import type { Service } from "../layout.js";
import type { Cursor, ListChange } from "./cursor.js";

/** What a scheduler gives when there is nobody to give. */
export const nobody = 0xffff_ffff;

/**
 * What a scheduler may know of the packet that begins a connection. Addresses are folded as the kernel does it (the four
 * words of an IPv6 address combined by exclusive or) and in host order, as is the client's port.
 */
export const Request = struct("Request", {
  client: u32,
  destination: u32,
  port: u32,
  unused: u32,
  /** The destination whole, an IPv4 address in the first four bytes and zeros behind it. */
  destinationAddress: bytes(16, 4),
});
export type RequestView = StructView<(typeof Request)["shape"]>;
export type ServiceView = StructView<(typeof Service)["shape"]>;

/** A server as the control plane tells a scheduler of it. */
export interface ListedServer {
  readonly weight: number;
  /** The last weight that was not 0, or the one that it came with. */
  readonly lastWeight: number;
  /** The address, folded as in {@link Request}, and the port. */
  readonly folded: number;
  readonly port: number;
}

/**
 * A scheduler: the part that runs in the packet program, and what the control plane does for it when a service's list of
 * servers changes.
 */
export interface XdpScheduler {
  readonly name: string;
  /** What services and lists say; a number's meaning never changes. */
  readonly id: number;
  /** Chooses the server for a new connection from the list that begins at `list`: its index, or {@link nobody}. */
  readonly choose: (service: Argument, request: Argument, list: Argument) => U32;
  /** What stands behind the servers in each list. Asked for when a list is written. */
  readonly own?: (servers: readonly ListedServer[]) => ArrayLike<number>;
  /** Where a service that has just got this scheduler begins; else at the list's head. */
  readonly begin?: (own: ArrayLike<number>) => Cursor;
  /** How its cursor follows a change of the list; else it goes to the list's head. */
  readonly follow?: (cursor: Cursor, change: ListChange, own: ArrayLike<number>) => Cursor;
}
