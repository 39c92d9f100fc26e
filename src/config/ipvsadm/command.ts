import type { ConnectionFilter } from "../../ipvs/connection-filter.js";
import type { ServerId, ServerSpec, ServiceId, ServiceSpec, SyncDaemon, Timeouts } from "../../ipvs/model.js";

/** Which columns a listing of services has. */
export type Columns = "default" | "stats" | "rate" | "thresholds" | "persistent-conn" | "tun-info";

/** How a listing is printed. */
export interface ListFormat {
  readonly columns: Columns;
  /** Addresses and ports as numbers. */
  readonly numeric: boolean;
  /** Counters in full. */
  readonly exact: boolean;
  /** Services and servers in order of address. */
  readonly sorted: boolean;
  /** One JSON document instead of text. */
  readonly json: boolean;
}

/** A command line that was understood: what ipvsadm is to do. */
export type Command =
  | { readonly kind: "help" }
  | { readonly kind: "version" }
  | { readonly kind: "add-service"; readonly service: ServiceSpec }
  | { readonly kind: "edit-service"; readonly service: ServiceSpec }
  | { readonly kind: "delete-service"; readonly service: ServiceId }
  | { readonly kind: "clear" }
  /** Counters of one service, or of all. */
  | { readonly kind: "zero"; readonly service?: ServiceId }
  | { readonly kind: "add-server"; readonly service: ServiceId; readonly server: ServerSpec }
  | { readonly kind: "edit-server"; readonly service: ServiceId; readonly server: ServerSpec }
  | { readonly kind: "delete-server"; readonly service: ServiceId; readonly server: ServerId }
  /** All services, or one. */
  | { readonly kind: "list-services"; readonly service?: ServiceId; readonly format: ListFormat }
  | {
      readonly kind: "list-connections";
      readonly format: ListFormat;
      /** Only these: the real one shows all. */
      readonly filter: ConnectionFilter;
    }
  | { readonly kind: "list-timeouts"; readonly format: ListFormat }
  | { readonly kind: "list-daemons"; readonly format: ListFormat }
  /** `thresholds`: with -x and -y, which the real one leaves out. */
  | { readonly kind: "save"; readonly numeric: boolean; readonly thresholds: boolean }
  /** `lines`: every message is followed by the line it is about. */
  | { readonly kind: "restore"; readonly lines: boolean }
  | { readonly kind: "set-timeouts"; readonly timeouts: Timeouts }
  | { readonly kind: "start-daemon"; readonly daemon: SyncDaemon }
  | { readonly kind: "stop-daemon"; readonly role: SyncDaemon["role"] };
