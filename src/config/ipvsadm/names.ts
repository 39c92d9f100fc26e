import type { Protocol } from "../../ipvs/model.js";
import type { IpAddress } from "../../wire/address.js";

/** Names as they are typed. */
export interface NameTable {
  /** The IPv4 address of a host; undefined if nobody knows it. May throw {@link HostWanted}. */
  hostAddress(name: string): IpAddress | undefined;
  /** The port of a service name; undefined if there is none for this protocol. */
  servicePort(name: string, protocol: Protocol): number | undefined;
}

/** Names as they are shown. */
export interface NameSource {
  /** The name of a host, or its address as text. */
  host(address: IpAddress): string;
  /** The service name of a port, or its number as text. */
  port(port: number, protocol: Protocol | "ip"): string;
}

/** Thrown by a {@link NameTable} that must look a host up first: find it, put it in, and parse again. */
export class HostWanted extends Error {
  readonly host: string;

  constructor(host: string) {
    super(`the address of ${host} is wanted`);
    this.host = host;
  }
}

/** Knows no names. */
export const noNames: NameTable = { hostAddress: () => undefined, servicePort: () => undefined };
