import type { VrrpRouter } from "./router.js";
import type { SavedSettings } from "./shell/borrowed-settings.js";
import type { Estate } from "./shell/estate.js";
import type { Interfaces } from "./shell/interfaces.js";
import type { Vmacs } from "./shell/vmacs.js";
import type { RouterSnapshot } from "./snapshot.js";
import type { Trackers } from "./trackers/index.js";

/** A role as it is at a moment: plain values for status, dumps and metrics, and for the process that takes over. */
export interface VrrpRoleSnapshot extends RouterSnapshot {
  readonly interfaces: readonly {
    readonly name: string;
    readonly index: number;
    readonly up: boolean;
    readonly address4?: string;
    readonly address6?: string;
  }[];
  /** Addresses in place, by instance. */
  readonly held: Readonly<Record<string, readonly { readonly address: string; readonly device: string }[]>>;
  readonly vmacs: readonly { readonly instance: string; readonly device: string; readonly parent: string }[];
  readonly files: Readonly<Record<string, number>>;
  readonly processes: Readonly<Record<string, boolean>>;
  readonly bfds: Readonly<Record<string, boolean>>;
  /** How processes are followed: by the kernel's events, or by looking every second. */
  readonly processSource: "events" | "poll" | "none";
  /** What interfaces had before us. */
  readonly saved: SavedSettings;
}

export interface RoleParts {
  readonly router: VrrpRouter;
  readonly interfaces: Interfaces;
  readonly estate: Estate;
  readonly vmacs: Vmacs;
  readonly trackers: Trackers;
}

export function roleSnapshot(parts: RoleParts, now: number): VrrpRoleSnapshot {
  const { router, interfaces, estate, vmacs, trackers } = parts;
  const { facts } = router;
  return {
    ...router.snapshot(now),
    interfaces: interfaces.names.map((name) => {
      const { up = false, address4, address6 } = interfaces.facts(name) ?? {};
      return {
        name,
        index: interfaces.find(name)!.index,
        up,
        ...(address4 && { address4: address4.toString() }),
        ...(address6 && { address6: address6.toString() }),
      };
    }),
    held: Object.fromEntries(
      estate.instances.map((name) => [
        name,
        estate.held(name).map(({ request, device }) => ({
          address: `${request.address}/${request.prefixLength}`,
          device,
        })),
      ]),
    ),
    vmacs: vmacs.all.map(({ instance, device, parent }) => ({ instance, device, parent })),
    files: Object.fromEntries(facts.files),
    processes: Object.fromEntries(facts.processes),
    bfds: Object.fromEntries(facts.bfds),
    processSource: trackers.processSource,
    saved: vmacs.saved,
  };
}
