import type {
  KeepalivedConfig,
  NotifyScripts,
  ScriptCommand,
} from "../../../config/keepalived/model/index.js";
import type { InstanceState, RoleEvent } from "../role.js";
import type { QueuedScript } from "./script-queue.js";
import { userOf } from "./script-user.js";

/** What is run for an event, in which order with others (key), and which lines the FIFOs get. */
export interface Following {
  readonly key: string;
  readonly scripts: readonly QueuedScript[];
  readonly fifo?: { readonly line: string; readonly of: "vrrp" | "lvs" };
}

/** What follows from an event, as the real one has it (man keepalived.conf, "notify"). Pure. */
export function followingOf(event: RoleEvent, config: KeepalivedConfig): Following {
  const script = (command: ScriptCommand | undefined, ...more: string[]): QueuedScript[] =>
    command === undefined
      ? []
      : [
          {
            script: { argv: [...command.argv, ...more], user: userOf(command, config.global) },
            security: config.global.scriptSecurity,
          },
        ];
  switch (event.kind) {
    case "again":
    case "instance": {
      const notify = config.instances.find(({ name }) => name === event.name)?.notify;
      const state = event.kind === "again" ? "MASTER" : stateTold(event.state, notify);
      return {
        key: `instance ${event.name}`,
        scripts: [
          ...script(commandOf(state, notify)),
          ...script(notify?.generic, "INSTANCE", event.name, state, String(event.priority)),
        ],
        fifo: { line: `INSTANCE "${event.name}" ${state} ${event.priority}`, of: "vrrp" },
      };
    }
    case "group": {
      const notify = config.syncGroups.find(({ name }) => name === event.name)?.notify;
      return {
        key: `group ${event.name}`,
        scripts: [
          ...script(commandOf(event.state, notify)),
          ...script(notify?.generic, "GROUP", event.name, event.state, "0"),
        ],
        fifo: { line: `GROUP "${event.name}" ${event.state} 0`, of: "vrrp" },
      };
    }
    case "lower-priority": {
      const notify = config.instances.find(({ name }) => name === event.name)?.notify;
      return {
        key: `instance ${event.name}`,
        scripts: script(notify?.masterReceivesLowerPriority),
        fifo: { line: `INSTANCE "${event.name}" MASTER_RX_LOWER_PRI ${event.priority}`, of: "vrrp" },
      };
    }
    case "priority":
      return {
        key: `instance ${event.name}`,
        scripts: [],
        ...(config.instances.find(({ name }) => name === event.name)?.notifyPriorityChanges === true && {
          fifo: { line: `INSTANCE "${event.name}" ${event.state}_PRIORITY ${event.priority}`, of: "vrrp" },
        }),
      };
    case "server":
      return {
        key: `${event.virtualServer} ${event.server}`,
        scripts: script(event.script),
        fifo: { line: `RS ${event.server} ${event.virtualServer} ${event.up ? "UP" : "DOWN"}`, of: "lvs" },
      };
    case "quorum":
      return {
        key: event.virtualServer,
        scripts: script(event.script),
        fifo: { line: `VS ${event.virtualServer} ${event.up ? "UP" : "DOWN"}`, of: "lvs" },
      };
    default:
      return { key: "", scripts: [] };
  }
}

/** A deleted instance is told of as FAULT, unless notify_deleted says otherwise. */
export const stateTold = (state: InstanceState, notify: NotifyScripts | undefined): InstanceState =>
  state === "DELETED" && notify?.deleted === undefined ? "FAULT" : state;

function commandOf(state: InstanceState, notify: NotifyScripts | undefined): ScriptCommand | undefined {
  const names = {
    MASTER: "master",
    BACKUP: "backup",
    FAULT: "fault",
    STOP: "stop",
    DELETED: "deleted",
  } as const;
  return notify?.[names[state]];
}

/** Every script that the supervisor may run, for checks at the start. */
export function scriptsOf(config: KeepalivedConfig): readonly ScriptCommand[] {
  const { global } = config;
  const ofNotify = (notify: NotifyScripts) => Object.values(notify) as (ScriptCommand | undefined)[];
  return [
    global.startupScript,
    global.shutdownScript,
    global.notifyFifo?.script,
    global.vrrpNotifyFifo?.script,
    global.lvsNotifyFifo?.script,
    ...config.instances.flatMap(({ notify }) => ofNotify(notify)),
    ...config.syncGroups.flatMap(({ notify }) => ofNotify(notify)),
    ...config.virtualServers.flatMap((vs) => [
      vs.quorumUp,
      vs.quorumDown,
      ...vs.servers.flatMap((rs) => [rs.notifyUp, rs.notifyDown]),
    ]),
  ].filter((command) => command !== undefined);
}
