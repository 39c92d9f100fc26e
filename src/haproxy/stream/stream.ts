import type { Endpoint, WireInfo } from "../../proxy/index.js";
import { RuleContext } from "../rules/rule.js";
import type { HttpRun, ProxyRun, ServerRun, StreamRun, TrackedEntry } from "../run/index.js";
import { releaseTracked } from "../tables/index.js";
import type { CompiledProxy } from "./compiled.js";
import { Deadlines, type Timed } from "./deadlines.js";
import type { EndedBy, EndedIn } from "./endings.js";
import { logStream } from "./log-stream.js";
import { recordTimes } from "./record-times.js";
import { ServerSearch } from "./server-search.js";
import type { ServerTools } from "./server-tools.js";
import type { Session } from "./session.js";
import type { StickStore } from "./stickiness.js";
import type { StreamClock } from "./stream-clock.js";
import { StreamVariables } from "./stream-variables.js";
import { Tally } from "./tally.js";

const nothing = Buffer.alloc(0);

export interface BandwidthLimit {
  readonly limit: number | undefined;
  readonly periodMs: number | undefined;
}

/**
 * What all streams have, of HTTP and of TCP: who is on both sides, what rules made of them, how it ended. What they do is elsewhere:
 * `search` finds a server, `deadlines` watches the time, `tally` counts.
 */
export abstract class Stream implements StreamRun, Timed {
  readonly id: number;
  readonly session: Session;
  readonly frontend: ProxyRun;
  readonly front: CompiledProxy;
  backend: ProxyRun;
  back: CompiledProxy;
  /** A back end was chosen, and counts the stream as one of its own. */
  assigned = false;
  server: ServerRun | undefined;
  tools: ServerTools | undefined;
  service: string | undefined;
  serverInfo: WireInfo | undefined;
  serverError: number | undefined;
  reused = false;
  source: Endpoint;
  destination: Endpoint;
  requestBytes: Buffer = nothing;
  responseBytes: Buffer = nothing;
  readonly times: StreamClock;
  bytesIn = 0;
  bytesOut = 0;
  readonly tracked: (TrackedEntry | undefined)[] = [];
  readonly requestCaptures: (string | undefined)[] = [];
  readonly responseCaptures: (string | undefined)[] = [];
  endedBy: EndedBy = "-";
  endedIn: EndedIn = "-";
  retries = 0;
  redispatched = false;
  serverQueue = 0;
  backendQueue = 0;
  priorityClass = 0;
  priorityOffset = 0;
  logLevel: number | undefined;
  uniqueId: string | undefined;
  serverTimeoutMs: number | undefined;
  tunnelTimeoutMs: number | undefined;
  lastRule: StreamRun["lastRule"];
  state: StreamRun["state"] = "request";
  lastActivity: number;
  /** No log line: a keep-alive connection that a server closed under a request, a monitor request, what became HTTP. */
  unlogged = false;
  logged = false;
  ended = false;
  readonly stores: StickStore[] = [];
  /** A name that `do-resolve` waits for. */
  resolving: { done: boolean; address: string | undefined } | undefined;
  /** `switch-mode http` was met (of mode tcp), and which protocol it wants ("any", "h1", "h2"). */
  becomesHttp: string | undefined;
  /** `tcp-response content close` was met. */
  closesServer = false;

  readonly search: ServerSearch;
  readonly deadlines: Deadlines;
  readonly tally: Tally;
  #limits: Map<string, BandwidthLimit> | undefined;
  #request: RuleContext | undefined;
  #response: RuleContext | undefined;
  #variables: StreamVariables | undefined;

  abstract readonly http: HttpRun | undefined;

  /** Where it is among the live ones. */
  place = -1;

  constructor(session: Session, times: StreamClock) {
    const { streams, front } = session;
    this.id = streams.nextId();
    this.session = session;
    this.front = front;
    this.back = front;
    this.frontend = front.proxy;
    this.backend = front.proxy;
    this.source = session.source;
    this.destination = session.destination;
    this.times = times;
    this.lastActivity = times.firstByte;
    this.search = new ServerSearch(this);
    this.deadlines = new Deadlines(this);
    this.tally = new Tally(this);
    streams.live.add(this);
  }

  /** What `set-bandwidth-limit` asked for, by the filter's name. */
  get limits(): Map<string, BandwidthLimit> {
    return (this.#limits ??= new Map());
  }

  get streams() {
    return this.session.streams;
  }

  get now(): number {
    return this.session.streams.now();
  }

  get variables(): StreamVariables {
    return (this.#variables ??= new StreamVariables(this.session));
  }

  /** The request is on its way: its own variables are gone. */
  forgetRequestVariables(): void {
    this.#variables?.requestOver();
  }

  /** Those of the TCP stream that this one takes the place of. */
  protected adoptVariables(variables: StreamVariables | undefined): void {
    this.#variables = variables;
  }

  /** Gives them away: another stream takes this one's place. */
  releaseVariables(): StreamVariables | undefined {
    const variables = this.#variables;
    this.#variables = undefined;
    return variables;
  }

  get requestContext(): RuleContext {
    return (this.#request ??= new RuleContext(this.session, this, "request"));
  }

  get responseContext(): RuleContext {
    return (this.#response ??= new RuleContext(this.session, this, "response"));
  }

  /** A tracked entry of a slot: the stream's own, else the session's. */
  trackedEntry(slot: number): TrackedEntry | undefined {
    return this.tracked[slot] ?? this.session.tracked[slot];
  }

  /** Made by unique-id-format when it is first asked for. */
  uniqueIdentifier(): string | undefined {
    if (this.uniqueId === undefined && this.front.uniqueId !== undefined)
      this.uniqueId = this.front.uniqueId(this.requestContext);
    return this.uniqueId;
  }

  /** Goes on after a rule had to wait. */
  abstract advance(): void;

  /** There is a place on `this.server`: takes a connection to it, or makes one. */
  abstract openServer(): void;

  /** There will be no server. */
  abstract serverFailed(by: EndedBy, phase: EndedIn): void;

  /** The client's cookie named a server that couldn't be had. */
  lostServer(): void {}

  abstract clientTimeout(): number | undefined;
  abstract serverTimeout(): number | undefined;
  abstract onPhaseOver(): void;
  abstract onClientTimeout(): void;
  abstract onServerTimeout(): void;

  abstract shutdown(why: "killed" | "down" | "up"): void;

  /** Breaks the client's connection off, with RST where `reset`. */
  abstract breakOff(reset?: boolean): void;

  /** Says how it ends, unless that was said before. */
  endsBy(by: EndedBy, phase: EndedIn): void {
    if (this.endedBy === "-") this.endedBy = by;
    if (this.endedIn === "-") this.endedIn = phase;
  }

  /** Counts and logs it, and gives back all it holds. */
  finish(): void {
    if (this.ended) return;
    this.ended = true;
    this.state = "closing";
    this.times.end = this.now;
    this.search.stop();
    this.search.release();
    this.tally.bytes();
    this.tally.answered(this.http?.status ?? 0);
    if (this.assigned) this.backend.back?.sessions.add(-1);
    if (!this.unlogged && !this.logged) logStream(this);
    recordTimes(this);
    if (this.tracked.length > 0) releaseTracked(this);
    this.#variables?.clear();
    this.deadlines.release();
    this.streams.live.delete(this);
  }
}
