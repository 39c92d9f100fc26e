import { BfdRole, type BfdSnapshot } from "../../../bfd/index.js";
import { ReadySet } from "../../../sys/index.js";
import type { Role, RoleContext } from "../role.js";
import type { BfdStatus } from "../status.js";

/** BFD sessions as a worker runs them. */
export function bfdRole({ config, log, tell }: RoleContext): Role {
  const ready = new ReadySet();
  const role = new BfdRole(config, {
    log,
    ready,
    onEvent: ({ instance: name, up }) => tell({ kind: "bfd", name, up }),
    logDetail: true,
  });
  return {
    start: (handover) => role.start(handover as BfdSnapshot | undefined),
    reload: (next) => role.reload(next),
    async stop() {
      role.stop();
      ready.close();
    },
    snapshot: () => role.snapshot(),
    status: (): BfdStatus => ({
      sessions: role.snapshot().sessions.map(({ name, state }) => ({ name, state, up: state === "Up" })),
    }),
  };
}
