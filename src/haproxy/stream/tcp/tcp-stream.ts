import type { Wire } from "../../../proxy/index.js";
import { Outcome } from "../../rules/outcome.js";
import { runRules, undecided } from "../../rules/rule.js";
import { chooseBackend } from "../choose-backend.js";
import type { CompiledProxy } from "../compiled.js";
import { passesRequest } from "../content-outcome.js";
import { never } from "../deadlines.js";
import { openDirect } from "../direct.js";
import type { EndedBy, EndedIn } from "../endings.js";
import { applyPersistRules, applyServerRules, mayPersist } from "../persistence.js";
import type { Session } from "../session.js";
import { applyStickRules } from "../stickiness.js";
import { Stream } from "../stream.js";
import { StreamClock } from "../stream-clock.js";
import { becomeHttp } from "./become-http.js";
import { ClientBytes } from "./client-bytes.js";
import { rdpServer } from "./rdp-cookie.js";
import { TcpLink } from "./tcp-link.js";

/** A connection of mode tcp, from its first byte to its log line: rules look at what `client` holds, then `link` relays it to a server. */
export class TcpStream extends Stream {
  readonly http = undefined;
  readonly wire: Wire;
  readonly client = new ClientBytes(this);
  readonly link = new TcpLink(this);
  /** Whose tcp-request content rules are run; undefined: they have decided. */
  #inspecting: CompiledProxy | undefined;
  #delayOver = false;

  constructor(session: Session, wire: Wire) {
    const now = session.streams.now();
    super(session, new StreamClock(session.acceptTime, session.acceptTime, session.acceptDate));
    this.times.request = now;
    this.wire = wire;
    this.deadlines.clientActive = now;
    session.requests++;
  }

  start(): void {
    this.wire.handler = this.client;
    this.wire.afterClose = () => this.session.end();
    this.wire.resume();
    this.#inspecting = this.front;
    this.deadlines.watch();
    this.advance();
  }

  /** Goes on with inspection, the choice of a back end, and the way to a server. */
  advance(): void {
    while (!this.ended) {
      const proxy = this.#inspecting;
      if (proxy === undefined) return;
      if (proxy.tcpRequest.length > 0 && !this.#inspect(proxy)) return;
      if (this.becomesHttp !== undefined) {
        this.#inspecting = undefined;
        becomeHttp(this);
        return;
      }
      if (!this.assigned) {
        chooseBackend(this);
        if (this.back.http) {
          this.#inspecting = undefined;
          becomeHttp(this);
          return;
        }
        applyPersistRules(this);
        if (this.back !== this.front) {
          this.#inspecting = this.back;
          continue;
        }
      }
      this.#inspecting = undefined;
      this.#toServer();
    }
  }

  #inspect(proxy: CompiledProxy): boolean {
    const { requestContext: context, deadlines } = this;
    if (proxy.requestDelayMs === 0 || this.client.ended || this.client.full) context.final = true;
    else if (deadlines.phase === never && !this.#delayOver) context.final = false;
    const outcome = runRules(proxy.tcpRequest, context);
    if (outcome === undecided || outcome === Outcome.wait) {
      if (proxy.requestDelayMs > 0) deadlines.watchPhase(this.now + proxy.requestDelayMs);
      return false;
    }
    this.#delayOver = false;
    deadlines.phase = never;
    if (passesRequest(this, outcome)) return true;
    this.breakOff();
    return false;
  }

  #toServer(): void {
    applyServerRules(this);
    const cookie = this.back.section.rdpCookie;
    if (cookie !== undefined && this.search.wanted === undefined) {
      const server = rdpServer(this.client.held, cookie, this.backend.back?.servers ?? []);
      if (server !== undefined && mayPersist(this, server)) this.search.stickTo(server);
    }
    applyStickRules(this);
    this.deadlines.clientActive = never;
    const direct = openDirect(this);
    if (direct !== undefined) {
      this.times.queued = this.now;
      this.tally.back("connects");
      this.link.connect(direct);
    } else if (this.service === undefined) this.search.begin();
  }

  openServer(): void {
    const options = this.tools?.connectOptions(this, false);
    if (options === undefined) {
      this.search.connectFailed(false, true);
      return;
    }
    this.tally.serverSession(false);
    this.link.connect(options);
  }

  serverFailed(by: EndedBy, phase: EndedIn): void {
    this.endsBy(by, phase);
    this.breakOff();
  }

  /** The client sent FIN before there was a server. */
  clientEnded(): void {
    if (this.#inspecting !== undefined) this.advance();
    else if (this.back.section.options.abortOnClose && !this.link.there) this.clientLeft();
  }

  /** The client's connection is gone before there was a server. */
  clientLeft(): void {
    if (this.ended || this.link.relaying) return;
    if (this.#inspecting !== undefined && !this.#passes(this.#inspecting)) return;
    this.tally.clientAbort();
    if (this.state === "queue") this.times.queued = this.now;
    this.endsBy("C", this.#phase());
    this.breakOff();
  }

  /** What rules say of a client that has left without waiting for them. */
  #passes({ tcpRequest }: CompiledProxy): boolean {
    const { requestContext: context } = this;
    context.final = true;
    const outcome = runRules(tcpRequest, context);
    if (outcome === undecided || outcome === Outcome.wait || passesRequest(this, outcome)) return true;
    this.breakOff();
    return false;
  }

  #phase(): EndedIn {
    if (this.state === "request") return "R";
    return this.state === "queue" ? "Q" : this.state === "connect" ? "C" : "D";
  }

  clientTimeout(): number | undefined {
    const { client, clientFin } = this.front.section.timeouts;
    if (!this.link.relaying) return client;
    if (this.link.serverEnded && clientFin !== undefined) return clientFin;
    return this.tunnelTimeoutMs ?? client;
  }

  serverTimeout(): number | undefined {
    const { serverFin } = this.back.section.timeouts;
    if (this.link.clientEnded && serverFin !== undefined) return serverFin;
    return this.tunnelTimeoutMs ?? this.serverTimeoutMs;
  }

  onPhaseOver(): void {
    if (this.search.resume()) return;
    if (this.#inspecting === undefined) {
      setImmediate(() => this.link.inspectionLate());
      return;
    }
    this.#delayOver = true;
    this.requestContext.final = true;
    // Timers come before what sockets have: bytes that were there in time are read first, as HAProxy does.
    setImmediate(() => {
      if (this.#delayOver) this.advance();
    });
  }

  onClientTimeout(): void {
    this.tally.clientAbort();
    const inspecting = this.#inspecting !== undefined;
    if (inspecting) this.tally.entry("failedRequests");
    this.endsBy("c", inspecting ? "R" : this.link.relaying ? "D" : "C");
    this.breakOff();
  }

  onServerTimeout(): void {
    this.tally.serverAbort();
    this.endsBy("s", "D");
    this.breakOff();
  }

  shutdown(why: "killed" | "down" | "up"): void {
    if (this.ended) return;
    this.endsBy(why === "killed" ? "K" : why === "down" ? "D" : "U", this.#phase());
    this.breakOff();
  }

  /** Closes both sides. */
  breakOff(reset = false): void {
    this.link.close(reset);
    this.finish();
  }

  override finish(): void {
    if (this.ended) return;
    if (this.link.there) this.tools?.pool.used(-1);
    super.finish();
  }
}
