import type { LabProcess } from "../state.js";

/** What can be wrong with a host or its cable, by the name of the command that does it. */
export const faultKinds = ["fail", "cut", "loss", "delay", "flap"] as const;
export type FaultKind = (typeof faultKinds)[number];

interface Since {
  readonly host: string;
  /** ISO 8601 */
  readonly since: string;
}

/** The cable that a fault is on: one interface of a host, and the port of the switch that it is plugged into. */
interface OnCable extends Since {
  readonly interface: string;
  readonly port: string;
}

/** The power is off. */
export interface FailFault extends Since {
  readonly kind: "fail";
}

/** The cable is pulled. */
export interface CutFault extends OnCable {
  readonly kind: "cut";
}

/** Each packet is lost with this probability, in either direction. */
export interface LossFault extends OnCable {
  readonly kind: "loss";
  /** More than 0, 100 at most. */
  readonly percent: number;
}

/** Each packet comes so much later, in either direction. */
export interface DelayFault extends OnCable {
  readonly kind: "delay";
  readonly milliseconds: number;
  /** Between so much less and so much more, evenly; 0: always the same. */
  readonly jitter: number;
  /** What holds the packets; undefined while it is being set up. */
  readonly by?: "netem" | "relay";
  /** The relay. */
  readonly process?: LabProcess;
}

/** The cable loses contact, and has it again, once in every so many milliseconds. */
export interface FlapFault extends OnCable {
  readonly kind: "flap";
  readonly every: number;
  /** ISO 8601: when it ends by itself. */
  readonly until: string;
  readonly process?: LabProcess;
}

export type CableFault = CutFault | LossFault | DelayFault | FlapFault;

/** A fault of a lab, as its record has it. */
export type Fault = FailFault | CableFault;

/** What a person wants to be wrong; the host is said apart. */
export type FaultWish =
  | { readonly kind: "fail" }
  | { readonly kind: "cut" }
  | { readonly kind: "loss"; readonly percent: number }
  | { readonly kind: "delay"; readonly milliseconds: number; readonly jitter: number }
  | { readonly kind: "flap"; readonly every: number; readonly for: number };

/** "cut", "loss 5%", "delay 50ms+-10ms", "flap every 1s": a fault or a wish in the words of its command. */
export function faultText(fault: Fault | FaultWish): string {
  switch (fault.kind) {
    case "loss":
      return `loss ${fault.percent}%`;
    case "delay":
      return `delay ${delayText(fault)}`;
    case "flap":
      return `flap every ${millisecondsText(fault.every)}`;
    default:
      return fault.kind;
  }
}

/** "50ms", "50ms+-10ms" */
export const delayText = (delay: { milliseconds: number; jitter: number }): string =>
  `${delay.milliseconds}ms${delay.jitter === 0 ? "" : `+-${delay.jitter}ms`}`;

/** "500ms", "2s" */
export const millisecondsText = (milliseconds: number): string =>
  milliseconds % 1000 === 0 ? `${milliseconds / 1000}s` : `${milliseconds}ms`;

/** "web1", or "director ens37" where the host has several interfaces. */
export function placeOf(
  fault: Fault,
  portNamesInterface = "port" in fault && fault.port !== fault.host,
): string {
  return "port" in fault && portNamesInterface ? `${fault.host} ${fault.interface}` : fault.host;
}
