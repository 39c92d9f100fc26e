import { RondoError } from "../../errors.js";
import type { ServerSpec, ServiceSpec } from "../../ipvs/model.js";
import { noScheduler } from "../../ipvs/schedulers.js";
import type { IpAddress } from "../../wire/address.js";
import { noSchedulerId, schedulerId } from "./schedulers/index.js";

/** What this plane does not do as yet is refused, in words, before anything is changed. */
export function notYet(what: string): RondoError {
  return new RondoError("not-yet", `rondo's director can't do ${what} yet`, {
    exitStatus: 255,
    remedy:
      "So far it does TCP over IPv4 by direct routing (-g) with the schedulers rr, wrr, lc and wlc: see docs/manual/ipvsadm.md.",
  });
}

/** Refuses a service that can't be had; gives what names one that can. */
export function refuseService(spec: ServiceSpec): { address: IpAddress; port: number } {
  const { id } = spec;
  if (id.kind === "mark") throw notYet("services by firewall mark (-f)");
  if (id.protocol !== "tcp") throw notYet(`${id.protocol.toUpperCase()} services`);
  if (id.address.family !== 4) throw notYet("services over IPv6");
  if (spec.persistence) throw notYet("persistence (-p)");
  if (spec.onePacket) throw notYet("one-packet scheduling (-o)");
  if (spec.persistenceEngine) throw notYet("persistence engines (--pe)");
  if (spec.scheduler !== noScheduler && schedulerId(spec.scheduler) === noSchedulerId)
    throw notYet(`the scheduler ${spec.scheduler}`);
  return { address: id.address, port: id.port };
}

/** Refuses a real server that can't be had. */
export function refuseServer(spec: ServerSpec, isLocal: (address: IpAddress) => boolean): void {
  if (spec.method === "masq") throw notYet("NAT (-m)");
  if (spec.method === "tunnel") throw notYet("tunnels (-i)");
  if (isLocal(spec.address)) throw notYet("a real server on the director itself");
}
