/** What has happened, for people and programs to read. Names are texts: "tcp 192.168.4.15:80", "192.168.4.100:80". */
export type WatchEvent =
  /** A check has failed often enough, or passed again so often. */
  | {
      readonly event: "failed" | "well";
      readonly server: string;
      readonly check: string;
      readonly detail: string;
    }
  /** An agent says that its server is to take part, or not to. */
  | { readonly event: "agent"; readonly server: string; readonly says: string; readonly detail?: string }
  /** A weight was changed by us. */
  | {
      readonly event: "weight" | "restored";
      readonly service: string;
      readonly server: string;
      readonly from: number;
      readonly to: number;
      readonly configured: number;
    }
  /** Somebody has configured another weight. */
  | {
      readonly event: "configured";
      readonly service: string;
      readonly server: string;
      readonly weight: number;
    }
  | { readonly event: "added" | "deleted"; readonly service: string; readonly server: string }
  /** No check fits. */
  | {
      readonly event: "unchecked";
      readonly service: string;
      readonly server: string;
      readonly why: string;
    }
  /** All servers of a service are out, or not all any more. */
  | { readonly event: "last-resort" | "served"; readonly service: string; readonly lastResort: string }
  /** Something that went wrong with the watch itself. */
  | { readonly event: "trouble"; readonly detail: string };
