import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KeepalivedConfig } from "../../config/keepalived/model/index.js";
import { replaceFile } from "../../sys/index.js";
import { logFileName } from "./log/log-lines.js";
import type { InstanceStatistics, InstanceStatus, RoleStatuses } from "./status.js";

/** A dump: the file's name, and what is in it. */
export interface Dump {
  readonly name: string;
  readonly text: string;
}

/**
 * Writes dumps into /tmp ($TMPDIR), readable by their owner alone. A new file takes the name's place, so that a symbolic link that
 * somebody has laid there is replaced and never followed. Gives the paths.
 */
export function writeDumps(dumps: readonly Dump[], { global }: KeepalivedConfig): string[] {
  return dumps.map(({ name, text }) => {
    const own = global.dataUseInstance ? [global.netNamespace, global.instanceName] : [];
    const path = join(tmpdir(), logFileName(name, ...own));
    replaceFile(path, text, { mode: 0o600 });
    return path;
  });
}

/** SIGUSR1: the configuration and what has become of it, a file for each process as the real one writes them. */
export function dataDumps(config: KeepalivedConfig, statuses: RoleStatuses): Dump[] {
  const { global, instances, virtualServers, bfdInstances } = config;
  const dumps = [
    { name: "keepalived_parent.data", text: section("Global definitions", lines(safe(global), 1)) },
  ];
  if (instances.length > 0 || config.staticAddresses.length > 0)
    dumps.push({
      name: "keepalived.data",
      text: [
        section("Global definitions", lines(safe(global), 1)),
        section("Static addresses, routes and rules", [
          ...lines(
            { addresses: config.staticAddresses, routes: config.staticRoutes, rules: config.staticRules },
            1,
          ),
        ]),
        section(
          "VRRP Topology",
          instances.flatMap((instance) => [
            ` VRRP Instance = ${instance.name}`,
            ...stateLines(statuses.vrrp?.instances.find(({ name }) => name === instance.name)),
            ...lines(safe(instance), 3),
          ]),
        ),
        section(
          "VRRP Sync groups",
          config.syncGroups.flatMap((group) => [
            ` VRRP Sync Group = ${group.name}, ${statuses.vrrp?.groups.find(({ name }) => name === group.name)?.state ?? "INIT"}`,
            ...lines(safe(group), 3),
          ]),
        ),
        section("VRRP Scripts", lines(config.scripts, 1)),
        section("Track files", lines(config.trackFiles, 1)),
        section("Track processes", lines(config.trackProcesses, 1)),
      ].join(""),
    });
  if (virtualServers.length > 0)
    dumps.push({
      name: "keepalived_check.data",
      text: [
        section("Global definitions", lines(safe(global), 1)),
        section("SSL definitions", lines(safe(config.ssl ?? {}), 1)),
        section("LVS Topology", lines(virtualServers, 1)),
        section("State", lines(statuses.checker?.virtualServers ?? [], 1)),
      ].join(""),
    });
  if (bfdInstances.length > 0)
    dumps.push({
      name: "keepalived_bfd.data",
      text: section("BFD Topology", [...lines(bfdInstances, 1), ...lines(statuses.bfd?.sessions ?? [], 1)]),
    });
  return dumps;
}

const zero: InstanceStatistics = {
  advert_rcvd: 0,
  advert_sent: 0,
  become_master: 0,
  release_master: 0,
  packet_len_err: 0,
  advert_interval_err: 0,
  ip_ttl_err: 0,
  invalid_type_rcvd: 0,
  addr_list_err: 0,
  invalid_authtype: 0,
  authtype_mismatch: 0,
  auth_failure: 0,
  pri_zero_rcvd: 0,
  pri_zero_sent: 0,
  version_err: 0,
  checksum_err: 0,
  unicast_source_err: 0,
};

/** SIGUSR2: what has been counted, as the real one writes it. */
export function statsDump(statuses: RoleStatuses): Dump {
  const text = (statuses.vrrp?.instances ?? [])
    .map(({ name, statistics }) => {
      const s = { ...zero, ...statistics };
      return `VRRP Instance: ${name}
  Advertisements:
    Received: ${s.advert_rcvd}
    Sent: ${s.advert_sent}
  Became master: ${s.become_master}
  Released master: ${s.release_master}
  Packet Errors:
    Length: ${s.packet_len_err}
    TTL: ${s.ip_ttl_err}
    Invalid Type: ${s.invalid_type_rcvd}
    Advertisement Interval: ${s.advert_interval_err}
    Address List: ${s.addr_list_err}
  Authentication Errors:
    Invalid Type: ${s.invalid_authtype}
    Type Mismatch: ${s.authtype_mismatch}
    Failure: ${s.auth_failure}
  Priority Zero:
    Received: ${s.pri_zero_rcvd}
    Sent: ${s.pri_zero_sent}
`;
    })
    .join("");
  return { name: "keepalived.stats", text };
}

/** The real one's numbers of states (vrrp.h). */
const stateNumbers: Readonly<Record<string, number>> = {
  INIT: 0,
  BACKUP: 1,
  MASTER: 2,
  FAULT: 3,
  STOP: 97,
  DELETED: 98,
};

/** SIGRTMIN+2: the instances with the names that the real one's JSON has, less auth_data, which is a secret. */
export function jsonDump(config: KeepalivedConfig, statuses: RoleStatuses): Dump {
  const text = JSON.stringify(
    config.instances.map((instance) => {
      const status = statuses.vrrp?.instances.find(({ name }) => name === instance.name);
      const { garp, notify, tracking } = instance;
      const command = (script: { readonly argv: readonly string[] } | undefined) =>
        script?.argv.map((word) => `'${word}'`).join(" ");
      return {
        data: {
          iname: instance.name,
          dont_track_primary: Number(instance.dontTrackPrimary),
          skip_check_adv_addr: Number(instance.skipCheckAdvertAddresses),
          strict_mode: Number(instance.strict),
          vmac_ifname: instance.vmac?.name ?? "",
          ifp_ifname: instance.interface,
          master_priority: status?.master?.priority ?? 0,
          last_transition: (status?.since ?? 0) / 1000,
          garp_delay: garp.masterDelay / 1000,
          garp_refresh: garp.masterRefresh / 1000,
          garp_rep: garp.masterRepeat,
          garp_refresh_rep: garp.masterRefreshRepeat,
          garp_lower_prio_delay: garp.lowerPriorityDelay / 1000,
          garp_lower_prio_rep: garp.lowerPriorityRepeat,
          lower_prio_no_advert: Number(instance.lowerPriorityNoAdvert),
          higher_prio_send_advert: Number(instance.higherPrioritySendAdvert),
          vrid: instance.virtualRouterId,
          base_priority: instance.priority,
          effective_priority: status?.priority ?? instance.priority,
          vipset: status?.hasAddresses ?? status?.state === "MASTER",
          promote_secondaries: instance.promoteSecondaries,
          adver_int: instance.advertInterval / 1000,
          master_adver_int: instance.advertInterval / 1000,
          accept: Number(instance.accept),
          nopreempt: !instance.preempt,
          preempt_delay: instance.preemptDelay / 1000,
          state: stateNumbers[status?.state ?? "INIT"],
          wantstate: stateNumbers[instance.state],
          version: instance.version,
          smtp_alert: instance.smtpAlert ?? false,
          notify_deleted: notify.deleted !== undefined,
          script_backup: command(notify.backup),
          script_master: command(notify.master),
          script_fault: command(notify.fault),
          script_stop: command(notify.stop),
          script_deleted: command(notify.deleted),
          script: command(notify.generic),
          script_master_rx_lower_pri: command(notify.masterReceivesLowerPriority),
          vips: instance.addresses.map(addressText(instance.interface)),
          evips: nonEmpty(instance.excludedAddresses.map(addressText(instance.interface))),
          track_ifp: nonEmpty(tracking.interfaces.map(({ name }) => name)),
          track_script: nonEmpty(tracking.scripts.map(({ name }) => name)),
          auth_type:
            instance.authentication === undefined ? 0 : instance.authentication.type === "PASS" ? 1 : 2,
        },
        stats: { ...zero, ...status?.statistics },
      };
    }),
  );
  return { name: "keepalived.json", text };
}

const nonEmpty = <T>(list: readonly T[]): readonly T[] | undefined => (list.length === 0 ? undefined : list);

const addressText =
  (device: string) =>
  ({
    address,
    prefixLength,
    device: own,
  }: KeepalivedConfig["instances"][number]["addresses"][number]): string =>
    `${address}/${prefixLength} dev ${own ?? device}`;

function stateLines(status: InstanceStatus | undefined): string[] {
  if (!status) return ["   State = INIT"];
  return [
    `   State = ${status.state}`,
    `   Effective priority = ${status.priority}`,
    ...(status.master
      ? [`   Master router = ${status.master.address}`, `   Master priority = ${status.master.priority}`]
      : []),
    ...(status.since
      ? [`   Last transition = ${status.since / 1000} (${new Date(status.since).toISOString()})`]
      : []),
    ...(status.tracked ?? []).map(
      ({ kind, name, up, weight }) =>
        `   Tracked ${kind} ${name} = ${up ? "up" : "down"}${weight === undefined ? "" : `, weight ${weight}`}`,
    ),
  ];
}

const section = (title: string, body: readonly string[]): string =>
  `------< ${title} >------\n${body.map((line) => `${line}\n`).join("")}`;

/** Keys whose values nobody is to read. */
const secret = /^(password|authPassword)$/i;

/** Without secrets. */
export function safe<T>(value: T): T {
  return JSON.parse(
    JSON.stringify(value, (key, inner: unknown) => {
      if (secret.test(key)) return "********";
      if (typeof inner === "bigint") return String(inner);
      return inner;
    }),
  ) as T;
}

/** Any value as lines of "Name = value"; what is empty is left out. */
function lines(value: unknown, indent: number): string[] {
  const pad = " ".repeat(indent);
  if (value instanceof Uint8Array) return [`${pad}${Buffer.from(value).toString("hex")}`];
  if (Array.isArray(value))
    return value.flatMap((one) => [...lines(one, indent), ...(isPlain(one) ? [] : [""])]);
  if (isPlain(value)) return [`${pad}${value}`];
  return Object.entries(value as object)
    .filter(
      ([key, inner]) => inner !== undefined && key !== "at" && !(Array.isArray(inner) && inner.length === 0),
    )
    .flatMap(([key, inner]) =>
      secret.test(key)
        ? [`${pad}${words(key)} = ********`]
        : isPlain(inner)
          ? [`${pad}${words(key)} = ${inner}`]
          : [`${pad}${words(key)}:`, ...lines(inner, indent + 2)],
    );
}

/** What is one word: also a value that has its own text, as an address. */
const isPlain = (value: unknown): boolean =>
  value === null ||
  typeof value !== "object" ||
  (!Array.isArray(value) &&
    !(value instanceof Uint8Array) &&
    Object.getPrototypeOf(value) !== Object.prototype);

/** "advertInterval" is "Advert interval". */
const words = (key: string): string => {
  const text = key.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return text.charAt(0).toUpperCase() + text.slice(1);
};
