import { IpAddress } from "../../../wire/address.js";
import type {
  GarpSettings,
  GlobalDefs,
  ProcessSettings,
  SmtpSettings,
  SyncDaemonSettings,
} from "../model/index.js";
import type { Place } from "../model/place.js";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Loose<T> = { -readonly [K in keyof T]?: T[K] | undefined };

/** global_defs while it is being read: what is undefined has its default yet to come. */
export type GlobalDraft = Omit<
  Loose<GlobalDefs>,
  "smtp" | "garp" | "main" | "vrrp" | "checker" | "bfd" | "syncDaemon"
> & {
  dynamicInterfaces: GlobalDefs["dynamicInterfaces"];
  scriptSecurity: boolean;
  smtp: Loose<SmtpSettings> & { to: string[] };
  garp: Loose<GarpSettings>;
  main: Mutable<Loose<ProcessSettings>>;
  vrrp: Mutable<Loose<ProcessSettings>>;
  checker: Mutable<Loose<ProcessSettings>>;
  bfd: Mutable<Loose<ProcessSettings>>;
  syncDaemon?: (Mutable<Loose<SyncDaemonSettings>> & { interface: string; at: Place }) | undefined;
  startupTimeout?: number;
  shutdownTimeout?: number;
  garpExtra?: { all: boolean; interval: number };
  rxPolicy?: "MTU" | "ADVERT" | number;
  rxMultiplier?: number;
  /** Interfaces of linkbeat_interfaces. */
  linkbeat: string[];
};

export const newGlobal = (): GlobalDraft => ({
  smtp: { to: [] },
  garp: {},
  main: {},
  vrrp: {},
  checker: {},
  bfd: {},
  scriptSecurity: false,
  dynamicInterfaces: "no",
  linkbeat: [],
});

/** Where VRRP is spoken: RFC 5798 section 5.1.1.2. */
export const multicastGroup4 = IpAddress.of("224.0.0.18");
export const multicastGroup6 = IpAddress.of("ff02::12");
