import { isIPv4, isIPv6 } from "node:net";
import { Mistake } from "../grammar/mistake.js";
import type { SocketAddress } from "../model/address.js";
import { leadingNumber } from "./numbers.js";

/** What an address may be where it stands (tools.h, PA_O_*). */
export interface AddressUse {
  readonly port?: "no" | "optional" | "needed";
  readonly range?: boolean;
  readonly offset?: boolean;
  readonly stream?: boolean;
  readonly datagram?: boolean;
  /** Datagrams unless it says otherwise. */
  readonly defaultDatagram?: boolean;
  /** An inherited socket, or any descriptor. */
  readonly descriptor?: "socket" | "any";
  /** Names are taken. */
  readonly names?: boolean;
  readonly unixPrefix?: string | undefined;
}

type Kind = "unix" | "abstract" | "inet" | "fd" | "sockpair";
type Family = 4 | 6 | undefined;

/** Words before an address: what it is, its family, and whether it is of streams or datagrams. */
const families: readonly (readonly [
  prefix: string,
  kind: Kind,
  family?: Family,
  type?: "stream" | "datagram" | "quic",
])[] = [
  ["unix@", "unix"],
  ["uxdg@", "unix", undefined, "datagram"],
  ["uxst@", "unix", undefined, "stream"],
  ["abns@", "abstract"],
  ["ip@", "inet"],
  ["ipv4@", "inet", 4],
  ["ipv6@", "inet", 6],
  ["tcp4@", "inet", 4, "stream"],
  ["udp4@", "inet", 4, "datagram"],
  ["tcp6@", "inet", 6, "stream"],
  ["udp6@", "inet", 6, "datagram"],
  ["tcp@", "inet", undefined, "stream"],
  ["udp@", "inet", undefined, "datagram"],
  ["quic4@", "inet", 4, "quic"],
  ["quic6@", "inet", 6, "quic"],
  ["fd@", "fd"],
  ["sockpair@", "sockpair"],
];

/** Puts $NAME and ${NAME} of the environment into an address (tools.c, env_expand). */
export function expandEnvironment(
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  return text.replace(
    /\$(?:\{([^}]*)\}|([A-Za-z0-9_]+))/g,
    (_, braced, bare) => environment[braced ?? bare] ?? "",
  );
}

/** Takes an address apart (tools.c, str2sa_range). */
export function parseAddress(
  written: string,
  use: AddressUse,
  environment: Readonly<Record<string, string | undefined>>,
): SocketAddress {
  let text = expandEnvironment(written, environment);
  if (text === "")
    throw new Mistake(`'${written}' resolves to an empty address (environment variable missing?)`, {
      code: "empty-address",
    });
  let type: "stream" | "datagram" | "quic" =
    use.datagram && (!use.stream || use.defaultDatagram) ? "datagram" : "stream";
  for (const [prefix, what] of [
    ["stream+", "stream"],
    ["dgram+", "datagram"],
  ] as const)
    if (text.startsWith(prefix)) {
      type = what;
      text = text.slice(prefix.length);
      break;
    }
  const found = families.find(([prefix]) => text.startsWith(prefix));
  const kind = found?.[1] ?? (text.startsWith("/") ? "unix" : "inet");
  text = text.slice(found?.[0].length ?? 0);
  type = found?.[3] ?? type;

  if (kind === "fd" || kind === "sockpair") {
    if (!/^\d+$/.test(text))
      throw new Mistake(`file descriptor '${text}' is not a valid integer in '${written}'`, {
        code: "invalid-address",
      });
    if (kind === "fd" && !use.descriptor)
      throw new Mistake(`a file descriptor is not acceptable here in '${written}'`, {
        code: "invalid-address",
      });
    return { kind, fd: Number(text) };
  }
  if (type === "quic")
    throw new Mistake(
      `unsupported stream protocol for datagram family ${found?.[2] === 6 ? 10 : 2} address '${written}'; QUIC is not compiled in if this is what you were looking for.`,
      { code: "no-quic", remedy: "Leave the line out: clients use TLS over TCP then." },
    );
  const address =
    kind === "inet" ? inet(text, written, found?.[2], type, use) : unix(text, written, kind, type, use);
  if (type === "stream" && use.datagram && !use.stream)
    throw new Mistake(`stream-type address not acceptable in '${written}'`, { code: "invalid-address" });
  if (type === "datagram" && !use.datagram)
    throw new Mistake(`dgram-type address not acceptable in '${written}'`, { code: "invalid-address" });
  return address;
}

function unix(
  text: string,
  written: string,
  kind: "unix" | "abstract",
  type: "stream" | "datagram",
  use: AddressUse,
): SocketAddress {
  const prefix = kind === "unix" ? (use.unixPrefix ?? "") : "";
  const most = kind === "abstract" ? 107 : 107 - (prefix.length + 1 + 5 + 1 + 3);
  if (text.length > most)
    throw new Mistake(`socket path '${written}' too long (max ${most})`, { code: "invalid-address" });
  return { kind, path: prefix + text, type };
}

function inet(
  text: string,
  written: string,
  wanted: 4 | 6 | undefined,
  type: "stream" | "datagram",
  use: AddressUse,
): SocketAddress {
  const fail = (message: string): never => {
    throw new Mistake(message, { code: "invalid-address" });
  };
  let end = text.length - 1;
  while (end > 0 && text[end] !== "]" && text[end] !== ":") end--;
  let host = text;
  let port = "";
  if (text[end] === ":") {
    if (use.port === "no" || use.port === undefined)
      fail(`port specification not permitted here in '${written}'`);
    host = text.slice(0, end);
    port = text.slice(end + 1);
  } else if (use.port === "needed") fail(`missing port specification in '${written}'`);

  const ports = portsOf(port, written, use);
  host = host.replace(/^\[(.*)\]$/, "$1");
  const all = host === "" || host === "*";
  const family = isIPv4(host) ? 4 : isIPv6(host) ? 6 : host === "::" ? 6 : undefined;
  if (!all && family === undefined && !use.names) fail(`invalid address: '${host}' in '${written}'`);
  return { kind: "inet", host: all ? "" : host, family: family ?? wanted, ...ports, type };
}

function portsOf(
  port: string,
  written: string,
  use: AddressUse,
): { ports?: { from: number; to: number }; offset?: number } {
  const fail = (message: string): never => {
    throw new Mistake(message, { code: "invalid-port" });
  };
  if (/^\d/.test(port)) {
    const [first = "", last = first] = port.split(/-(.*)/s);
    if (last !== first && !use.range) fail(`port range not permitted here in '${written}'`);
    const least = use.port === "needed" ? 1 : 0;
    for (const one of [first, last])
      if (leadingNumber(one) < least || leadingNumber(one) > 65535) fail(`invalid port '${one}'`);
    const from = leadingNumber(first);
    const to = leadingNumber(last);
    if (from > to) fail(`invalid port range '${from}-${to}'`);
    return { ports: { from, to } };
  }
  if (port.startsWith("+") || port.startsWith("-")) {
    if (!use.offset) fail(`port offset not permitted here in '${written}'`);
    return { offset: leadingNumber(port) };
  }
  if (port !== "") fail(`invalid character '${port[0]}' in port number '${port}' in '${written}'`);
  if (use.port === "needed") fail(`missing port specification in '${written}'`);
  return {};
}
