import type { Endpoint } from "../model.js";

/** Bits of an entry's flags on the wire (include/uapi/linux/ip_vs.h, IP_VS_CONN_F_*). */
export const SyncFlag = {
  /** The forwarding method: 0 masq, 1 local, 2 tunnel, 3 droute, 4 bypass. */
  method: 0x7,
  sync: 0x20,
  hashed: 0x40,
  noOutput: 0x80,
  inactive: 0x100,
  outSequence: 0x200,
  inSequence: 0x400,
  sequence: 0x600,
  noClientPort: 0x800,
  template: 0x1000,
  onePacket: 0x2000,
} as const;

/** What a receiver keeps of the flags (IP_VS_CONN_F_BACKUP_MASK); it adds `sync`. */
export const keptFlags =
  SyncFlag.method |
  SyncFlag.noOutput |
  SyncFlag.inactive |
  SyncFlag.sequence |
  SyncFlag.noClientPort |
  SyncFlag.template;

/** How a stream's sequence numbers were shifted (struct ip_vs_seq). */
export interface SequenceShift {
  readonly initial: number;
  readonly delta: number;
  readonly previousDelta: number;
}

/** A connection or template as directors tell it to one another. */
export interface SyncEntry {
  /** IP's protocol number: 6, 17, 132; 0 of a template of a mark. */
  readonly protocol: number;
  /** {@link SyncFlag} */
  readonly flags: number;
  /** By the kernel's numbers (net/netfilter/ipvs/ip_vs_proto_*.c). */
  readonly state: number;
  readonly client: Endpoint;
  readonly virtual: Endpoint;
  readonly server: Endpoint;
  /** The firewall mark of its service, or 0. */
  readonly mark: number;
  /** Seconds that it lives after a packet; 0: what its state says. Version 0 doesn't tell. */
  readonly timeout: number;
  readonly sequence?: { readonly in: SequenceShift; readonly out: SequenceShift };
  /** Of a persistence engine. */
  readonly engine?: { readonly name: string; readonly data: Uint8Array };
}
