import type { ScriptCommand } from "../config/keepalived/model/index.js";

/** Of a server or a service: it is up or down now, and people may want to be told. */
interface StateEvent {
  /** "[192.168.4.15]:tcp:80", "FWM 7" or "[GROUP]:0". */
  readonly virtualServer: string;
  readonly up: boolean;
  /** notify_up, notify_down, quorum_up or quorum_down, if the file has one. */
  readonly script?: ScriptCommand;
  /** We are stopping: the script is to be waited for. */
  readonly stopping: boolean;
}

/** A transition that the supervisor makes scripts, FIFO lines, mail and metrics of. */
export type CheckerEvent =
  | (StateEvent & {
      readonly kind: "real-server";
      /** "[192.168.4.100]:tcp:80" */
      readonly server: string;
      readonly weight: number;
    })
  | (StateEvent & {
      readonly kind: "virtual-server";
      /** The weight of all living servers. */
      readonly weight: number;
    })
  | {
      /** smtp_alert. Subject of the real one: "[ROUTER_ID] Realserver S of virtual server V - STATE", or "[ROUTER_ID] Virtualserver V - STATE". */
      readonly kind: "mail";
      readonly virtualServer: string;
      /** Undefined: it is about the virtual server. */
      readonly server?: string;
      readonly state: "UP" | "DOWN";
      /** The mail's text. */
      readonly message: string;
    };
