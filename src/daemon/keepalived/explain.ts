import type { KeepalivedConfig } from "../../config/keepalived/model/index.js";
import type { Board } from "./board.js";
import type { RoleStatuses } from "./status.js";

/** Why something is as it is, and what would change it: sentences. */
export interface Explanation {
  readonly subject: string;
  readonly state: string;
  readonly why: readonly string[];
  readonly changes: readonly string[];
  readonly warnings: readonly string[];
}

/** Explains every instance and every virtual server. Pure. */
export function explain(config: KeepalivedConfig, board: Board, statuses: RoleStatuses): Explanation[] {
  const { vrrp, checker } = statuses;
  const virtualServers = checker?.virtualServers ?? [];
  return [
    ...config.instances.map(({ name }) => {
      const status = vrrp?.instances.find((one) => one.name === name);
      return {
        subject: name,
        state: status?.state ?? board.instances.get(name)?.state ?? "INIT",
        why: status?.explanation?.because ?? ["Its process says nothing of it: see the log."],
        changes: status?.explanation?.changes ?? [],
        warnings: status?.explanation?.warnings ?? [],
      };
    }),
    ...virtualServers.map(({ virtualServer, quorum, sorry, servers }) => {
      const down = servers.filter(({ up }) => !up);
      return {
        subject: virtualServer,
        state: `${servers.length - down.length} of ${servers.length} real servers up, ${quorum ? "quorum" : "no quorum"}${sorry === true ? ", the sorry server answers" : ""}`,
        why: down.map(({ server, checks }) => {
          const failed = checks.filter(({ up }) => !up);
          const what = failed.map(
            ({ kind, said }) => `${kind} fails${said === undefined ? "" : ` (${said})`}`,
          );
          return `${server} is out: ${what.join(", ") || "no check has succeeded yet"}.`;
        }),
        changes: down.length === 0 ? [] : ["A server returns as soon as all of its checks succeed."],
        warnings:
          checker?.problem === undefined ? [] : [`The director is not as it should be: ${checker.problem}`],
      };
    }),
  ];
}
