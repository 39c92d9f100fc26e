import { dh } from "./dh.js";
import { fo } from "./fo.js";
import { lblc } from "./lblc.js";
import { lblcr } from "./lblcr.js";
import { lc } from "./lc.js";
import { mh } from "./mh.js";
import { nq } from "./nq.js";
import { ovf } from "./ovf.js";
import { rr } from "./rr.js";
import type { XdpScheduler } from "./scheduler.js";
import { sed } from "./sed.js";
import { sh } from "./sh.js";
import { twos } from "./twos.js";
import { wlc } from "./wlc.js";
import { wrr } from "./wrr.js";

export {
  type ListedServer,
  nobody,
  Request,
  type RequestView,
  type ServiceView,
  type XdpScheduler,
} from "./scheduler.js";

/** All schedulers, in the order in which a packet looks for its own: what is much used stands first. */
export const xdpSchedulers: readonly XdpScheduler[] = [
  wlc,
  rr,
  wrr,
  lc,
  sh,
  mh,
  dh,
  sed,
  nq,
  fo,
  ovf,
  lblc,
  lblcr,
  twos,
];

/** What a service without a scheduler ("none") has as its number. */
export const noSchedulerId = 0;

const byName = new Map(xdpSchedulers.map((one) => [one.name, one]));
const byId = new Map(xdpSchedulers.map((one) => [one.id, one]));

/** A scheduler's number; {@link noSchedulerId} for "none" and for what nobody knows. */
export const schedulerId = (name: string): number => byName.get(name)?.id ?? noSchedulerId;
/** A scheduler's name; "none" if there is none. */
export const schedulerName = (id: number): string => byId.get(id)?.name ?? "none";
/** The scheduler of a number, if there is one. */
export const schedulerOf = (id: number): XdpScheduler | undefined => byId.get(id);
