import type { IpAddress } from "../wire/address.js";

/** Where a half of the sync daemon talks, complete. */
export interface SyncSettings {
  readonly role: "master" | "backup";
  /** The interface's name and its own address of the group's family. */
  readonly interfaceName: string;
  readonly interfaceAddress: IpAddress;
  readonly group: IpAddress;
  /** The first of its ports; `ports` of them, one behind the other (the sysctl sync_ports). */
  readonly port: number;
  readonly ports: number;
  readonly ttl: number;
  /** 0 … 255; a backup with 0 takes all. */
  readonly syncId: number;
  /** Bytes of a datagram. */
  readonly maxLength: number;
  /** Bytes of the sockets' buffers; 0: what there is (the sysctl sync_sock_size). */
  readonly bufferSize: number;
}
