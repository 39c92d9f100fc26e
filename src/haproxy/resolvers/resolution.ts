import type { Resolvers } from "../../config/haproxy/model/index.js";
import type { DnsRecord, QueryType, Refusal } from "./message.js";

export type Status = "none" | "valid" | "invalid" | "nx" | "refused" | "timeout" | "other";

/** A record that an answer had; it stays for a while after answers don't have it any more (hold obsolete). */
export interface Item {
  readonly record: DnsRecord;
  weight: number;
  lastSeen: number;
  /** The target's address that came with an SRV record. */
  additional: { readonly address: string; lastSeen: number } | undefined;
}

/** Who asked for a name: a server, an SRV record's servers, a stream. */
export interface Requester {
  /** A valid answer came; `by` is the name server (undefined: another requester was told before). */
  onAnswer(resolution: Resolution, by: Source | undefined): void;
  /** None came, after all tries. Gives whether what earlier answers had is of use still. */
  onFailure(resolution: Resolution): boolean;
}

/** The name server that answered: "SECTION/NAMESERVER". */
export interface Source {
  readonly path: string;
  count(name: "update"): void;
}

/** A name and a type, and what is known of it. Times are of the monotonic clock, milliseconds; undefined: never. */
export class Resolution {
  readonly name: string;
  readonly preferred: QueryType;
  readonly requesters = new Set<Requester>();
  items: Item[] = [];
  status: Status = "none";
  lastValid: number;
  lastResolution: number | undefined;
  /** Of the query under way. */
  running = false;
  id = -1;
  type: QueryType;
  tries = 0;
  lastQuery = 0;
  queries = 0;
  responses = 0;

  constructor(name: string, preferred: QueryType, now: number) {
    this.name = name;
    this.preferred = preferred;
    this.type = preferred;
    this.lastValid = now;
  }

  /** The other type of address; undefined of SRV. */
  get fallback(): QueryType | undefined {
    if (this.preferred === "SRV") return undefined;
    return this.preferred === "A" ? "AAAA" : "A";
  }

  /** Takes over what an answer has, and lets go of what has been missing for too long. */
  learn(
    records: readonly DnsRecord[],
    additional: readonly { readonly name: string; readonly address: string }[],
    settings: Resolvers,
    now: number,
  ): void {
    for (const record of records) {
      const known = this.items.find((item) => sameRecord(item.record, record));
      const weight = record.type === "SRV" ? record.weight : 0;
      if (known === undefined) this.items.push({ record, weight, lastSeen: now, additional: undefined });
      else {
        known.lastSeen = now;
        known.weight = weight;
      }
    }
    for (const each of additional) this.#learnTarget(each.name, each.address, now);
    const oldest = now - settings.holdMs.obsolete;
    this.items = this.items.filter((item) => item.lastSeen >= oldest);
    for (const item of this.items)
      if (item.additional !== undefined && item.additional.lastSeen < oldest) item.additional = undefined;
  }

  /** One address for each SRV record of its name: the same as before where it came again. */
  #learnTarget(name: string, address: string, now: number): void {
    const targets = this.items.filter((item) => item.record.type === "SRV" && item.record.target === name);
    const known = targets.find(
      (item) => item.additional?.address === address && item.additional.lastSeen !== now,
    );
    if (known?.additional !== undefined) {
      known.additional.lastSeen = now;
      return;
    }
    const free = targets.find((item) => item.additional === undefined);
    if (free !== undefined) free.additional = { address, lastSeen: now };
  }

  end(now: number): void {
    this.running = false;
    this.id = -1;
    this.tries = 0;
    this.queries = 0;
    this.responses = 0;
    this.type = this.preferred;
    this.lastResolution = now;
  }

  /** So long a failure is borne: what was valid is held (hold nx, timeout, refused, other). */
  isHeld(settings: Resolvers, now: number): boolean {
    const { status } = this;
    const reason = status === "nx" || status === "timeout" || status === "refused" ? status : "other";
    return now < this.lastValid + settings.holdMs[reason];
  }
}

export function statusOf(refusal: Refusal): Status {
  return refusal === "nx" || refusal === "refused" || refusal === "invalid" ? refusal : "other";
}

function sameRecord(one: DnsRecord, other: DnsRecord): boolean {
  if (one.type === "SRV" || other.type === "SRV")
    return one.type === other.type && targetOf(one) === targetOf(other);
  return one.address === other.address;
}

function targetOf(record: DnsRecord): string {
  return record.type === "SRV" ? `${record.target}:${record.port}` : "";
}
