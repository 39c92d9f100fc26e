import type { TunnelTypes } from "../dataplane/xdp/index.js";
import type { Prefix } from "../ipvs/prefix.js";
import { prefixText } from "../ipvs/prefix.js";
import { IpAddress } from "../wire/index.js";

/** A real server that a director reaches by changing MAC addresses (`ipvsadm -g`). */
export interface DirectWanted {
  readonly method: "dr";
  readonly vip: IpAddress;
  /** Where the director's packets come in; none: all Ethernet interfaces that are up. */
  readonly interfaces: readonly string[];
}

/** A real server behind the director's tunnels (`ipvsadm -i`). */
export interface TunnelWanted {
  readonly method: "tun";
  readonly vip: IpAddress;
  readonly interfaces: readonly string[];
  readonly types: TunnelTypes;
  /** The kernel's own tunl0 takes them out, and no program of ours. */
  readonly kernel: boolean;
  readonly clampMss: boolean;
}

/** A real server that knows no VIP, and sends its answers back through the director (`ipvsadm -m`). */
export interface MaskedWanted {
  readonly method: "nat";
  /** Only looked at: this host must not have it. */
  readonly vip: IpAddress | undefined;
  /** The director's address on this host's network. */
  readonly gateway: IpAddress;
  /** At most one: where the director is. */
  readonly interfaces: readonly string[];
  /** Clients whose answers have to go through the director although a nearer way is known. */
  readonly clients: readonly Prefix[];
}

/** What a host is to be a real server of. */
export type Wanted = DirectWanted | TunnelWanted | MaskedWanted;

export const methods = ["dr", "tun", "nat"] as const;
export type Method = (typeof methods)[number];

/** GUE's port at IANA. */
export const guePort = 6080;

/** Every tunnel that the director can make. */
export const allTypes: TunnelTypes = { ipip: true, gre: true, gue: guePort };

/** What a server is known by, of which a host has one only: "dr 192.168.4.15", "nat 192.168.2.5" (its gateway). */
export const keyOf = (wanted: Wanted): string =>
  `${wanted.method} ${wanted.method === "nat" ? wanted.gateway : wanted.vip}`;

/** The words behind `rondo realserver` that ask for it. */
export function wordsOf(wanted: Wanted): string[] {
  const words: string[] = [wanted.method];
  if (wanted.vip) words.push(wanted.vip.toString());
  if (wanted.method === "nat") {
    words.push("--gateway", wanted.gateway.toString());
    for (const client of wanted.clients) words.push("--client", prefixText(client));
  }
  if (wanted.method === "tun") {
    const type = typeWord(wanted.types);
    if (wanted.kernel) words.push("--kernel");
    else if (type !== "auto") words.push("--type", type);
    if (wanted.clampMss) words.push("--clamp-mss");
  }
  for (const name of wanted.interfaces) words.push("--interface", name);
  return words;
}

/** The command that makes a server. */
export const commandFor = (wanted: Wanted): string => `rondo realserver ${wordsOf(wanted).join(" ")}`;

/** The command that takes it back. */
export const undoCommand = (wanted: Wanted): string =>
  wanted.method === "nat"
    ? `rondo realserver nat --gateway ${wanted.gateway} --undo`
    : `rondo realserver ${wanted.method} ${wanted.vip} --undo`;

/** As `--type` takes it. */
export function typeWord({ ipip, gre, gue }: TunnelTypes): string {
  if (ipip && gre) return "auto";
  return ipip ? "ipip" : gre ? "gre" : `gue:${gue}`;
}

/** "IPIP, GRE, GUE (UDP port 6080)" */
export function typesText({ ipip, gre, gue }: TunnelTypes): string {
  return [ipip && "IPIP", gre && "GRE", gue && `GUE (UDP port ${gue})`].filter(Boolean).join(", ");
}

export const sameTypes = (one: TunnelTypes, other: TunnelTypes): boolean =>
  one.ipip === other.ipip && one.gre === other.gre && one.gue === other.gue;

/** What {@link wantedFrom} reads: addresses as texts. */
export function wantedToJson(wanted: Wanted): object {
  const { vip, ...rest } = wanted;
  return {
    ...rest,
    ...(vip && { vip: vip.toString() }),
    ...(wanted.method === "nat" && {
      gateway: wanted.gateway.toString(),
      clients: wanted.clients.map(({ address, length }) => `${address}/${length}`),
    }),
  };
}

/** Reads what {@link wantedToJson} gave, as JSON has it. */
export function wantedFrom(json: object): Wanted {
  const { vip, gateway, clients = [], ...rest } = json as Record<string, unknown>;
  return {
    ...rest,
    vip: vip === undefined ? undefined : IpAddress.of(vip as string),
    ...(gateway !== undefined && {
      gateway: IpAddress.of(gateway as string),
      clients: (clients as string[]).map((text) => {
        const [address, length] = text.split("/") as [string, string];
        return { address: IpAddress.of(address), length: Number(length) };
      }),
    }),
  } as Wanted;
}
