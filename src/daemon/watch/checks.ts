import { Health, type Probe, type ProbeResult, type Target } from "../../health/index.js";
import type { ServerStatus, ServiceStatus } from "../../ipvs/model.js";
import { endpointText } from "../../ipvs/model.js";
import type { WatchOptions } from "./options.js";

/** A question that is asked again and again, whatever number of services want to know. */
export interface Check {
  readonly key: string;
  readonly probe: Probe;
  readonly target: Target;
  readonly health: Health;
  last: ProbeResult | undefined;
}

/** What is to be asked about a server in a service, or why nothing is. */
export type Questions =
  | { readonly wanted: readonly { readonly probe: Probe; readonly target: Target }[] }
  | { readonly wanted: readonly []; readonly why: string };

/** Which checks fit a server in a service. */
export function questionsOf(
  { id }: Pick<ServiceStatus, "id">,
  { address, port }: Pick<ServerStatus, "address" | "port">,
  options: Pick<WatchOptions, "probes" | "port" | "agentPort">,
): Questions {
  let why = "";
  const wanted = options.probes.flatMap((probe) => {
    if (probe.kind === "agent") return [{ probe, target: { address, port: options.agentPort } }];
    if (options.port !== undefined) return [{ probe, target: { address, port: options.port } }];
    if (id.kind === "address" && id.protocol !== "tcp") why = `${id.protocol} has no connections to try`;
    else if (port === 0) why = id.kind === "mark" ? "a service of a mark has no port" : "it has no port";
    else return [{ probe, target: { address, port } }];
    return [];
  });
  return wanted.length > 0 ? { wanted } : { wanted: [], why };
}

/** The checks there are, each once. */
export class Checks {
  readonly #options: WatchOptions;
  #checks = new Map<string, Check>();
  #next = new Map<string, Check>();

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  /** The check of a question, which is there from the next {@link settle} on. A new one begins as `well` says. */
  want(probe: Probe, target: Target, well: boolean): Check {
    const key = `${probe.name} ${endpointText(target)}`;
    let check = this.#next.get(key) ?? this.#checks.get(key);
    check ??= { key, probe, target, health: new Health(this.#options, well), last: undefined };
    this.#next.set(key, check);
    return check;
  }

  /** Lets go of those that nobody has wanted since the last time. */
  settle(): void {
    this.#checks = this.#next;
    this.#next = new Map();
  }

  has(check: Check): boolean {
    return this.#checks.get(check.key) === check;
  }

  all(): Iterable<Check> {
    return this.#checks.values();
  }
}
