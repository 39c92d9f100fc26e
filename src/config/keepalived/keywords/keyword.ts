/** Where a keyword stands: "" is the file itself, the others are blocks. */
export type Context =
  | ""
  | "global_defs"
  | "vrrp_instance"
  | "authentication"
  | "vrrp_sync_group"
  | "vrrp_script"
  | "vrrp_track_process"
  | "track_file"
  | "track_group"
  | "garp_group"
  | "SSL"
  | "virtual_server"
  | "real_server"
  | "TCP_CHECK"
  | "HTTP_GET"
  | "url"
  | "SMTP_CHECK"
  | "host"
  | "DNS_CHECK"
  | "MISC_CHECK"
  | "PING_CHECK"
  | "UDP_CHECK"
  | "FILE_CHECK"
  | "BFD_CHECK"
  | "bfd_instance";

/** What becomes of a keyword here; `says` is printed when somebody uses it, and stands in the manual. */
export type Status =
  | { readonly kind: "done" }
  | { readonly kind: "differs"; readonly says: string }
  | { readonly kind: "without-effect"; readonly says: string };

export interface Keyword {
  readonly name: string;
  readonly context: Context;
  /** Words that follow it: "SECONDS [all]". Those outside brackets are needed; "..." takes any number. */
  readonly arguments: string;
  readonly status: Status;
  /** What a block holds: keywords of a context, or rows of values. */
  readonly block?: Context | "rows";
  /** What to write instead. */
  readonly deprecated?: string;
  /** keepalived's own words for it, where its -t ends with an error. */
  readonly deprecation?: string;
  /** keepalived's own words where the needed word is missing; without them it ends at once, status 2. */
  readonly missing?: string;
  /** First version that knows it; undefined: 2.2.7 does. */
  readonly since?: string;
  /** keepalived knows it only if it was built so; Debian's 2.2.7 isn't. */
  readonly build?: "iptables" | "ipset";
}

type More = Partial<Pick<Keyword, "block" | "deprecated" | "deprecation" | "missing" | "since" | "build">>;
type Entry = Omit<Keyword, "context">;

export const done = (name: string, args = "", more: More = {}): Entry => ({
  name,
  arguments: args,
  status: { kind: "done" },
  ...more,
});

export const differs = (name: string, args: string, says: string, more: More = {}): Entry => ({
  name,
  arguments: args,
  status: { kind: "differs", says },
  ...more,
});

export const withoutEffect = (name: string, args: string, says: string, more: More = {}): Entry => ({
  name,
  arguments: args,
  status: { kind: "without-effect", says },
  ...more,
});

/** The keywords of one context. */
export const inContext = (context: Context, entries: readonly Entry[]): readonly Keyword[] =>
  entries.map((entry) => ({ ...entry, context }));

/** How many words a keyword needs, and how many it takes. */
export function argumentCount(keyword: Keyword): { readonly least: number; readonly most: number } {
  const words = keyword.arguments.split(" ").filter((word) => word !== "");
  const many = keyword.arguments.includes("...");
  const least = words.filter((word) => !word.includes("[") && !word.includes("]") && word !== "...").length;
  return { least, most: many ? Number.POSITIVE_INFINITY : words.length };
}
