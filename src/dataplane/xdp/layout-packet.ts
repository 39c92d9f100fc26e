import { array, be16, bytes, struct, u8, u16, u32, u64 } from "../../asm/index.js";

/** A flow on its way to a subprogram, and what comes back. */
export const Attempt = struct("Attempt", {
  ports: u64,
  addresses: array(u64, 4),
  hash: u64,
  tick: u32,
  /** What the packet does to its connection's state (transitions.ts). */
  event: u32,
  /** In: the entry that was found, if there was one. Out: the entry that holds now. */
  entry: u32,
  /** The generation of the entry that was made for it. */
  generation: u32,
  /** The chosen server. */
  server: u32,
  /** What becomes of the packet if that is the outcome. */
  verdict: u32,
  /** The template that led there, and its generation, or {@link noTemplate}. */
  template: u32,
  templateGeneration: u32,
  /** The port, as it stands in a header, to which a packet goes that no entry is made for. */
  port: u32,
  /** Bytes of a fragment that its whole packet has only once, in the first one: they are not counted. */
  repeated: u32,
});

/** What the fragments of a packet have in common. Addresses as in an {@link Entry}; the identification as it stands there. */
export const FragmentKey = struct("FragmentKey", {
  addresses: array(u64, 4),
  identification: u32,
  /** 0 with IPv6, where only the first fragment tells it (RFC 8200, section 4.5). */
  protocol: u8,
  family: u8,
  padding: array(u8, 2),
});

/** What the first fragment of a packet has left for the others. */
export const FragmentRecord = struct("FragmentRecord", {
  /** Its ports with protocol and family, as a flow has them. */
  ports: u64,
  /** When it came, in ticks. */
  seen: u32,
  /** The server of a packet without connection, and its stamp; else noServer. */
  server: u32,
  stamp: u32,
  padding: u32,
});
export const noServer = 0xffff_ffff;

/** What a CPU may still insert: 60 for each new connection (admission.ts). */
export const Allowance = struct("Allowance", { tick: u32, left: u32 });

/** The kernel's struct bpf_fib_lookup (include/uapi/linux/bpf.h). */
export const FibLookup = struct("FibLookup", {
  family: u8,
  protocol: u8,
  sourcePort: be16,
  destinationPort: be16,
  /** In the question a packet's length (0: none), in the answer, if there was one, the MTU of the way. */
  length: u16,
  device: u32,
  typeOfService: u32,
  source: bytes(16, 4),
  destination: bytes(16, 4),
  vlan: u32,
  sourceMac: bytes(6, 2),
  destinationMac: bytes(6, 2),
});
