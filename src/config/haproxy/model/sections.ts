import type { SocketAddress } from "./address.js";
import type { Bind } from "./bind.js";
import type { LogTarget } from "./log.js";
import type { Place } from "./place.js";
import type { ErrorReply } from "./proxy.js";
import type { Server } from "./server.js";
import type { StickTable } from "./table.js";

export interface Peers {
  readonly name: string;
  readonly disabled: boolean;
  readonly peers: readonly {
    readonly name: string;
    readonly address: SocketAddress | undefined;
    readonly server: Server | undefined;
    readonly place: Place;
  }[];
  readonly binds: readonly Bind[];
  readonly tables: readonly StickTable[];
  readonly logs: readonly LogTarget[];
  readonly place: Place;
}

export interface Resolvers {
  readonly name: string;
  readonly nameservers: readonly {
    readonly name: string;
    readonly address: SocketAddress;
    readonly place: Place;
  }[];
  readonly parseResolvConf: boolean;
  readonly acceptedPayloadSize: number;
  readonly resolveRetries: number;
  readonly holdMs: Readonly<Record<"nx" | "obsolete" | "other" | "refused" | "timeout" | "valid", number>>;
  readonly timeoutResolveMs: number;
  readonly timeoutRetryMs: number;
  readonly place: Place;
}

export interface Userlist {
  readonly name: string;
  readonly users: readonly {
    readonly name: string;
    readonly password: string;
    readonly isHash: boolean;
    readonly groups: readonly string[];
  }[];
  readonly groups: readonly { readonly name: string; readonly users: readonly string[] }[];
  readonly place: Place;
}

export interface Mailers {
  readonly name: string;
  readonly mailers: readonly { readonly name: string; readonly address: SocketAddress }[];
  readonly timeoutMs: number;
  readonly place: Place;
}

export interface HttpErrors {
  readonly name: string;
  readonly errors: ReadonlyMap<number, ErrorReply>;
  readonly place: Place;
}

export interface Ring {
  readonly name: string;
  readonly description: string | undefined;
  readonly format: LogTarget["format"];
  readonly maxLength: number;
  readonly size: number;
  readonly servers: readonly Server[];
  readonly connectTimeoutMs: number | undefined;
  readonly serverTimeoutMs: number | undefined;
  readonly backingFile: string | undefined;
  readonly place: Place;
}

export interface Cache {
  readonly name: string;
  readonly totalMaxSize: number; // bytes
  readonly maxObjectSize: number; // bytes
  readonly maxAgeSeconds: number;
  readonly processVary: boolean;
  readonly maxSecondaryEntries: number;
  readonly place: Place;
}

/** `program NAME`: what a master starts beside its workers. */
export interface Program {
  readonly name: string;
  readonly command: readonly string[];
  readonly user: string | undefined;
  readonly group: string | undefined;
  readonly startOnReload: boolean;
  readonly place: Place;
}
