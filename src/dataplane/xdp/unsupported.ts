import { RondoError } from "../../errors.js";
import type { ServerSpec, ServiceSpec } from "../../ipvs/model.js";

/** What this plane does not do as yet is refused, in words, before anything is changed. */
export function notYet(what: string): RondoError {
  return new RondoError("not-yet", `rondo's director can't do ${what} yet`, {
    exitStatus: 255,
    remedy: "What it does is told in docs/manual/ipvsadm.md.",
  });
}

/** Refuses a service that can't be had. */
export function refuseService(spec: ServiceSpec): void {
  if (spec.persistenceEngine) throw notYet("persistence engines (--pe)");
}

/** Refuses a real server that can't be had. */
export function refuseServer(spec: ServerSpec, isLocal: boolean): void {
  if (isLocal && spec.method === "masq") throw notYet("NAT to a real server on the director itself (use -g)");
}
