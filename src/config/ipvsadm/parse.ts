import type { ConnectionFilter } from "../../ipvs/connection-filter.js";
import type { ServerSpec, ServiceId, ServiceSpec, Timeouts } from "../../ipvs/model.js";
import type { Columns, Command, ListFormat } from "./command.js";
import { Draft, readTimeout } from "./draft.js";
import { fail, tryHelp, UsageError } from "./failure.js";
import { checkSlots, checkTunnelSlots } from "./legality.js";
import { type NameTable, noNames } from "./names.js";
import { connectionFilters, type Slot } from "./options.js";
import { Scanner } from "./scanner.js";

export interface ParseOptions {
  /** Default: no names, only numbers. */
  readonly names?: NameTable;
  /** What the program was called by, for its messages. */
  readonly program?: string;
}

/**
 * Understands a command line of ipvsadm, without the program's name. No words at all list the services.
 *
 * @throws {UsageError} with the real one's words and exit status.
 * @throws what `names` throws.
 */
export function parse(words: readonly string[], options: ParseOptions = {}): Command {
  return deepFreeze(read(words, options.names ?? noNames, options.program ?? "ipvsadm"));
}

function read(words: readonly string[], names: NameTable, program: string): Command {
  if (words.length === 0) return { kind: "list-services", format: formatOf(new Set()) };
  const scanner = new Scanner(words);
  const first = scanner.next();
  // The command is the first option; a mistake before it leaves nothing to say but how to get help.
  if (first.kind !== "option" || !("command" in first.option)) tryHelp(program);
  const { command } = first.option;
  if (command === "help" || command === "version") return { kind: command };
  const role = first.value;
  if (role !== undefined && role !== "master" && role !== "backup")
    fail(`illegal ${command === "start-daemon" ? "start-daemon parameter" : "start_daemon"} specified`);

  const draft = new Draft(names);
  for (let scanned = scanner.next(); scanned.kind !== "end"; scanned = scanner.next()) {
    if (scanned.kind === "error")
      throw new UsageError(`${scanned.word}: ${scanned.problem}`, { exitStatus: 255, stops: false });
    if ("command" in scanned.option) fail(`invalid option \`${scanner.word}'`);
    draft.take(scanned.option, scanned.value);
  }
  const rest = [...scanner.rest];
  const timeouts = command === "set" ? readTimeouts(rest.splice(0, 3)) : undefined;
  if (rest.length > 0) fail(`unexpected argument ${rest[0]}`);
  const { scheduler, flags } = draft.flags();
  checkSlots(
    command,
    draft.filled.has("connection") && command === "list" ? unfiltered(draft) : draft.filled,
  );

  switch (command) {
    case "add-service":
    case "edit-service":
      return { kind: command, service: serviceOf(draft, scheduler, flags) };
    case "delete-service":
      return { kind: command, service: idOf(draft) };
    case "flush":
      return { kind: "clear" };
    case "zero":
      return zeroOf(draft);
    case "add-server":
    case "edit-server":
      return { kind: command, service: idOf(draft), server: serverOf(draft) };
    case "delete-server":
      return {
        kind: command,
        service: idOf(draft),
        server: { address: draft.serverAddress!, port: draft.serverPort },
      };
    case "list":
      return listOf(draft);
    case "save":
      return {
        kind: "save",
        numeric: draft.filled.has("numeric"),
        thresholds: draft.filled.has("thresholds"),
      };
    case "restore":
      return { kind: "restore", lines: draft.filled.has("lines") };
    case "set":
      return { kind: "set-timeouts", timeouts: timeouts! };
    case "start-daemon":
      return {
        kind: command,
        // An empty interface name counts as none.
        daemon: {
          syncId: 0,
          ...draft.daemon,
          role: role!,
          multicastInterface: draft.daemon.multicastInterface || "eth0",
        },
      };
    case "stop-daemon":
      return { kind: command, role: role! };
  }
  return command satisfies never;
}

function readTimeouts(words: readonly string[]): Timeouts {
  const [tcp, tcpFin, udp] = words;
  if (tcp === undefined || tcpFin === undefined || udp === undefined)
    fail("--set option requires 3 timeout values");
  return { tcp: readTimeout(tcp, 0), tcpFin: readTimeout(tcpFin, 0), udp: readTimeout(udp, 0) };
}

function idOf({ mark, family, protocol, address, port }: Draft): ServiceId {
  if (mark !== undefined) return { kind: "mark", mark, family: family! };
  return { kind: "address", protocol: protocol!, address: address!, port };
}

function serviceOf(draft: Draft, scheduler: string, flags: readonly string[]): ServiceSpec {
  const id = idOf(draft);
  if (id.kind === "address") {
    if (id.port === 0 && draft.persistence === undefined)
      fail("Zero port specified for non-persistent service");
    if (draft.onePacket && id.protocol !== "udp")
      fail("One-Packet Scheduling is only for UDP virtual services");
  }
  return {
    id,
    scheduler,
    schedulerFlags: flags,
    ...(draft.persistence !== undefined && {
      persistence: { timeout: draft.persistence, netmask: draft.netmask },
    }),
    onePacket: draft.onePacket,
    ...(draft.engine !== "" && { persistenceEngine: draft.engine }),
  };
}

function serverOf(draft: Draft): ServerSpec {
  const service = idOf(draft);
  const { method, weight, upperThreshold, lowerThreshold } = draft;
  const address = draft.serverAddress!;
  // Only NAT can change the port.
  const port = service.kind === "address" && method !== "masq" ? service.port : draft.serverPort;
  if (address.family !== draft.family && method !== "tunnel")
    fail("Different address family is allowed only for tunneling servers");
  const tunnelSlots: readonly Slot[] = ["tun-type", "tun-port", "tun-nocsum", "tun-csum", "tun-remcsum"];
  if (method !== "tunnel" && tunnelSlots.some((slot) => draft.filled.has(slot)))
    fail("Tunnel options conflict with forward method");
  checkTunnelSlots(draft.tunnelType, draft.filled);
  const tunnel = { type: draft.tunnelType, port: draft.tunnelPort, checksum: draft.checksum };
  return {
    address,
    port,
    method,
    weight,
    upperThreshold,
    lowerThreshold,
    ...(method === "tunnel" && { tunnel }),
  };
}

/** The service 0.0.0.0:0 stands for all of them, as does none. */
function zeroOf(draft: Draft): Command {
  if (!draft.filled.has("service-address")) return { kind: "zero" };
  const service = idOf(draft);
  const all =
    service.kind === "address" && service.port === 0 && service.address.bytes.every((byte) => byte === 0);
  return all ? { kind: "zero" } : { kind: "zero", service };
}

function listOf(draft: Draft): Command {
  const { filled } = draft;
  const has = (...some: Slot[]) => some.some((slot) => filled.has(slot));
  if (
    (has("connection", "timeout", "daemon") && has("stats", "rate", "thresholds")) ||
    (has("timeout", "daemon") && has("persistent-conn"))
  )
    fail("options conflicts in the list command");
  const format = formatOf(filled);
  if (has("connection")) return { kind: "list-connections", format, filter: filterOf(draft) };
  if (has("timeout")) return { kind: "list-timeouts", format };
  if (has("daemon")) return { kind: "list-daemons", format };
  return has("service-address")
    ? { kind: "list-services", service: idOf(draft), format }
    : { kind: "list-services", format };
}

/** What is filled beside the filters of connections. */
function unfiltered({ filled }: Draft): ReadonlySet<Slot> {
  return new Set([...filled].filter((slot) => !connectionFilters.includes(slot)));
}

function filterOf(draft: Draft): ConnectionFilter {
  const { serverAddress: address, writtenServerPort: port, client, filled } = draft;
  return {
    ...(filled.has("service-address") && { service: idOf(draft) }),
    ...(address && { server: { address, ...(port !== undefined && { port }) } }),
    ...(client && { client }),
  };
}

/** Of several columns asked for, the first of these is shown. */
const columnOrder: readonly (Columns & Slot)[] = [
  "stats",
  "rate",
  "thresholds",
  "persistent-conn",
  "tun-info",
];

function formatOf(filled: ReadonlySet<Slot>): ListFormat {
  return {
    columns: columnOrder.find((column) => filled.has(column)) ?? "default",
    numeric: filled.has("numeric"),
    exact: filled.has("exact"),
    sorted: !filled.has("nosort"),
    json: filled.has("json"),
  };
}

/** Freezes plain objects and arrays; addresses are values already. */
function deepFreeze<T>(value: T): T {
  if (value !== null && typeof value === "object") {
    const plain = Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype;
    if (plain) for (const part of Object.values(value)) deepFreeze(part);
    if (plain) Object.freeze(value);
  }
  return value;
}
