import type { Log } from "../../../errors.js";
import { type NetworkWatch, openNetwork, watchNetwork } from "../../../netlink/index.js";
import { ReadySet } from "../../../sys/index.js";
import {
  explain,
  type VrrpCounters,
  type VrrpEvent,
  VrrpRole,
  type VrrpRoleSnapshot,
} from "../../../vrrp/index.js";
import type { InstanceState, Role, RoleContext, RoleEvent, RoleNews } from "../role.js";
import type { InstanceStatistics, VrrpStatus } from "../status.js";
import { runScriptOf } from "./run-script-of.js";

/** VRRP as a worker runs it. */
export function vrrpRole({ config, options, log, tell }: RoleContext): Role {
  let current = config;
  const ready = new ReadySet();
  /** The state that was told of last. */
  const states = new Map<string, InstanceState>();
  /** What was counted when the counters were cleared. */
  let cleared: Readonly<Record<string, VrrpCounters>> = {};
  const onEvent = (event: VrrpEvent) => {
    for (const told of eventsOf(event, states, priorityOf)) tell(told);
  };
  const priorityOf = (name: string) =>
    role.snapshot().instances.find((one) => one.name === name)?.priority ?? 0;
  const role = new VrrpRole(config, {
    log,
    ready,
    runScript: runScriptOf(() => current.global),
    onEvent,
    logDetail: options.detail,
    dontRelease: options.keepVips,
  });
  const addresses = options.logAddresses ? logAddresses(log, ready) : undefined;
  return {
    start(handover) {
      const snapshot = handover as VrrpRoleSnapshot | undefined;
      for (const { name, state } of snapshot?.instances ?? []) {
        const known = stateOf(state);
        if (known) states.set(name, known);
      }
      role.start(snapshot);
    },
    reload(next) {
      current = next;
      role.reload(next);
    },
    async stop() {
      await role.stop();
      addresses?.close();
      ready.close();
    },
    snapshot: () => role.snapshot(),
    status: () => statusOf(role.snapshot(), cleared),
    hear(news: RoleNews) {
      if (news.kind === "bfd") role.bfdChanged(news.name, news.up);
    },
    clearStatistics() {
      cleared = role.statistics();
    },
  };
}

/** -a: in the real one's words. */
function logAddresses(log: Log, ready: ReadySet): NetworkWatch {
  const network = openNetwork();
  return watchNetwork(
    {
      address(change, { address, link }) {
        const name = network.links.list().find(({ index }) => index === link)?.name ?? `interface ${link}`;
        log.info(
          change === "set"
            ? `Assigned address ${address} for interface ${name}`
            : `Deassigned address ${address} from interface ${name}`,
        );
      },
      resync() {
        log.warn("Addresses came and went faster than they could be logged");
      },
    },
    ready,
  );
}

function stateOf(state: string): InstanceState | undefined {
  return state === "MASTER" || state === "BACKUP" || state === "FAULT" ? state : undefined;
}

/** What people are told: INIT and STOPPING are of no concern to them. */
function eventsOf(
  event: VrrpEvent,
  states: Map<string, InstanceState>,
  priorityOf: (name: string) => number,
): RoleEvent[] {
  switch (event.kind) {
    case "transition": {
      const { instance: name, to, priority, reason } = event;
      const state = to === "STOPPED" ? (reason === "deleted" ? "DELETED" : "STOP") : stateOf(to);
      if (!state) return [];
      if (state === "DELETED") states.delete(name);
      else states.set(name, state);
      return [{ kind: "instance", name, state, priority }];
    }
    case "group-transition": {
      const state = event.to === "STOPPED" ? "STOP" : stateOf(event.to);
      return state ? [{ kind: "group", name: event.group, state }] : [];
    }
    case "priority": {
      const state = states.get(event.instance);
      return state === "MASTER" || state === "BACKUP"
        ? [{ kind: "priority", name: event.instance, state, priority: event.to }]
        : [];
    }
    case "lower-priority-received":
      return [{ kind: "lower-priority", name: event.instance, priority: event.priority }];
    case "split-brain":
      return [
        {
          kind: "split-brain",
          name: event.instance,
          other: `${event.other}`,
          cause: event.cause,
          text: event.text,
        },
      ];
    case "split-brain-healed":
      return [
        { kind: "split-brain-healed", name: event.instance },
        // Switches and people have believed in the other one: the master that is left says once more that it is master.
        ...(event.remained
          ? [{ kind: "again" as const, name: event.instance, priority: priorityOf(event.instance) }]
          : []),
      ];
    default:
      return [];
  }
}

function statusOf(snapshot: VrrpRoleSnapshot, cleared: Readonly<Record<string, VrrpCounters>>): VrrpStatus {
  const explanations = new Map(explain(snapshot).map((one) => [one.instance, one]));
  const wall = Date.now() - snapshot.now;
  return {
    instances: snapshot.instances.map((instance) => {
      const { name, state, priority, master, since, contributions, counters } = instance;
      const { because, changes, warnings } = explanations.get(name)!;
      return {
        name,
        state: state === "STOPPING" || state === "STOPPED" ? "STOP" : state,
        priority,
        ...(master &&
          state !== "MASTER" && { master: { address: master.address, priority: master.priority } }),
        since: Math.round(since + wall),
        hasAddresses: (snapshot.held[name]?.length ?? 0) > 0,
        tracked: contributions.map((one) => ({
          kind: one.kind,
          name: one.name,
          up: one.good ?? one.fault === undefined,
          ...(one.weight !== 0 && { weight: one.adds }),
          ...(one.fault !== undefined && { said: one.fault }),
        })),
        explanation: { because, changes, warnings },
        statistics: statisticsOf(counters, cleared[name]),
      };
    }),
    groups: snapshot.groups.map(({ name, state }) => ({ name, state: state === "STOPPED" ? "STOP" : state })),
  };
}

const names: readonly (readonly [keyof InstanceStatistics, keyof VrrpCounters])[] = [
  ["advert_rcvd", "receivedAdvertisements"],
  ["advert_sent", "sentAdvertisements"],
  ["become_master", "masterTransitions"],
  ["release_master", "masterReleases"],
  ["packet_len_err", "packetLengthErrors"],
  ["advert_interval_err", "advertisementIntervalErrors"],
  ["ip_ttl_err", "ipTtlErrors"],
  ["invalid_type_rcvd", "invalidTypePackets"],
  ["addr_list_err", "addressListErrors"],
  ["invalid_authtype", "invalidAuthType"],
  ["authtype_mismatch", "authTypeMismatch"],
  ["auth_failure", "authFailure"],
  ["pri_zero_rcvd", "receivedPriorityZeroPackets"],
  ["pri_zero_sent", "sentPriorityZeroPackets"],
  ["version_err", "versionErrors"],
  ["checksum_err", "checksumErrors"],
  ["unicast_source_err", "unicastSourceErrors"],
];

const statisticsOf = (counters: VrrpCounters, before: VrrpCounters | undefined): InstanceStatistics =>
  Object.fromEntries(
    names.map(([name, own]) => [name, counters[own] - (before?.[own] ?? 0)]),
  ) as unknown as InstanceStatistics;
