import type { InstanceSnapshot, VrrpMachine } from "./machine/index.js";
import type { Contribution, Standing } from "./priority.js";
import type { SyncGroup } from "./sync-group.js";
import type { GroupState } from "./types.js";

/** What tracking says of an instance. */
export interface StandingSnapshot {
  readonly faults: readonly string[];
  readonly waiting: readonly string[];
  readonly contributions: readonly Contribution[];
}

export interface GroupSnapshot {
  readonly name: string;
  readonly state: GroupState;
  readonly members: readonly string[];
}

/** A whole {@link VrrpRouter}. */
export interface RouterSnapshot {
  /** When it was taken. */
  readonly now: number;
  readonly instances: readonly (InstanceSnapshot & StandingSnapshot & { readonly group?: string })[];
  readonly groups: readonly GroupSnapshot[];
  /** Advertisements for ids that no instance has. */
  readonly unknownIds: number;
  /** Results that needn't be waited for again. */
  readonly scripts: Readonly<Record<string, boolean>>;
}

/** What of a {@link RouterSnapshot} instances, groups and tracking tell. */
export function routerSnapshot(
  machines: readonly VrrpMachine[],
  groups: readonly SyncGroup[],
  standing: (name: string) => Standing | undefined,
): Pick<RouterSnapshot, "instances" | "groups"> {
  return {
    instances: machines.map((machine) => {
      const { faults = [], waiting = [], contributions = [] } = standing(machine.name) ?? {};
      const group = groups.find(({ members }) => members.includes(machine))?.name;
      return {
        ...machine.snapshot(),
        faults: [...faults],
        waiting: [...waiting],
        contributions: [...contributions],
        ...(group !== undefined && { group }),
      };
    }),
    groups: groups.map(({ name, state, members }) => ({
      name,
      state,
      members: members.map((member) => member.name),
    })),
  };
}
