import type { ProxyRun, Seeking, SeekRequest, SeekResult, ServerRun, ServerSlot } from "../run/index.js";
import { never } from "./deadlines.js";
import type { Stream } from "./stream.js";

/** Balancing that turns: whoever comes next is as good as any (BE_LB_KIND_RR). */
const turningAlgorithms: ReadonlySet<string> = new Set(["roundrobin", "static-rr", "random"]);

/** A stream's way to a server: asks its back end for a place on one, waits for it, and tries again when that server can't be had. */
export class ServerSearch implements SeekRequest {
  readonly stream: Stream;
  /** A server was named (cookie, table, use-server), and is taken though it isn't the one that balancing would give. */
  direct = false;
  wanted: ServerRun | undefined;
  force = false;
  ignoresPersistence = false;
  avoid: ServerRun | undefined;
  #slot: ServerSlot | undefined;
  #seeking: Seeking | undefined;
  /** The one that was tried before: another one means a redispatch. */
  #previous: ServerRun | undefined;
  #retrying = false;
  /** What follows the pause before a retry. */
  #pausedFor: "seek" | "connect" | undefined;

  constructor(stream: Stream) {
    this.stream = stream;
  }

  get backend(): ProxyRun {
    return this.stream.backend;
  }

  get queueTimeoutMs(): number {
    const { queue, connect } = this.stream.back.section.timeouts;
    return queue ?? connect ?? 0;
  }

  stickTo(server: ServerRun): void {
    this.direct = true;
    this.wanted = server;
  }

  begin(): void {
    const { stream } = this;
    stream.state = "queue";
    stream.deadlines.phase = never;
    this.#previous = stream.server;
    if (this.wanted === undefined && !this.#retrying) this.wanted = lastServer(stream);
    this.#seeking = stream.streams.seek(stream.backend, this);
    if (this.#slot !== undefined || stream.ended) this.#seeking = undefined;
  }

  done(result: SeekResult): void {
    const { stream } = this;
    this.#seeking = undefined;
    if (stream.ended) {
      if (result.kind === "server") result.slot.release();
      return;
    }
    if (result.kind !== "none") stream.times.queued = stream.now;
    if (result.kind !== "server") {
      stream.tally.back("connectErrors");
      if (result.kind === "queue-full" && this.wanted !== undefined)
        stream.tools?.server.counters.add("connectErrors");
      if (result.kind === "none") stream.serverFailed("S", "C");
      else stream.serverFailed(result.kind === "queue-timeout" ? "s" : "S", "Q");
      return;
    }
    const { slot } = result;
    this.#slot = slot;
    if (this.#previous !== undefined && this.#retrying) this.#countRetry(this.#previous !== slot.server);
    stream.server = slot.server;
    stream.tools = stream.streams.toolsOf(slot.server);
    const { back } = stream.backend;
    if (back !== undefined) back.lastSession = Date.now();
    stream.openServer();
  }

  /** Still in the name of the server that was tried before. */
  #countRetry(elsewhere: boolean): void {
    const { stream } = this;
    stream.tally.behind(elsewhere ? "redispatches" : "retries");
    if (!elsewhere) return;
    stream.redispatched = true;
    stream.lostServer();
  }

  /** A connection couldn't be made: the same server again, another one, or none (backend.c, back_handle_st_cer). */
  connectFailed(timedOut: boolean, final = false): void {
    const { stream } = this;
    const { section, retryOn } = stream.back;
    const { deadlines } = stream;
    deadlines.phase = never;
    stream.server?.observe("connect-failed");
    if (final || stream.retries >= section.retries || !retryOn.connection) {
      stream.tally.behind("connectErrors");
      this.release();
      stream.serverFailed(timedOut ? "s" : "S", "C");
      return;
    }
    const elsewhere = this.nextTry();
    // Another server of a turning wheel is asked at once; else there is a pause, so that a server that restarts isn't asked in vain.
    const turning =
      turningAlgorithms.has(section.balance.algorithm) && (stream.backend.back?.active ?? 0) > 1;
    if (timedOut || (elsewhere && turning) || stream.reused) {
      this.tryAgain(elsewhere);
      return;
    }
    const { connect } = section.timeouts;
    stream.state = "connect";
    this.#pausedFor = elsewhere ? "seek" : "connect";
    deadlines.phase = stream.now + Math.min(1000, connect === undefined || connect === 0 ? 1000 : connect);
    deadlines.watch();
  }

  /** One try more. true: of another server, so that the place on this one is given back. */
  nextTry(): boolean {
    const { stream } = this;
    stream.retries++;
    const elsewhere = this.#redispatches();
    if (elsewhere) {
      this.release();
      this.direct = false;
      this.avoid = stream.server;
      this.wanted = undefined;
    } else stream.tally.behind("retries");
    return elsewhere;
  }

  tryAgain(elsewhere: boolean): void {
    this.#pausedFor = undefined;
    this.stream.deadlines.phase = never;
    if (elsewhere || this.#slot === undefined) {
      this.#retrying = true;
      this.begin();
    } else this.stream.openServer();
  }

  /** The phase is over. false: it was no pause before a retry. */
  resume(): boolean {
    if (this.#pausedFor === undefined) return false;
    this.tryAgain(this.#pausedFor === "seek");
    return true;
  }

  #redispatches(): boolean {
    const { stream } = this;
    const { server } = stream;
    const { redispatch, retries, balance } = stream.back.section;
    if (server === undefined || redispatch === undefined || this.force) return false;
    if (server.operational < 2) return true;
    if (redispatch > 0 && stream.retries % redispatch === 0) return true;
    if (redispatch < 0 && stream.retries % (retries + 1 + redispatch) === 0) return true;
    return !this.direct && (stream.backend.back?.active ?? 0) > 1 && turningAlgorithms.has(balance.algorithm);
  }

  /** Leaves the queue, and the pause before a retry. */
  stop(): void {
    const seeking = this.#seeking;
    this.#seeking = undefined;
    this.#pausedFor = undefined;
    seeking?.cancel();
  }

  /** Gives back the place on the server. */
  release(): void {
    const slot = this.#slot;
    this.#slot = undefined;
    slot?.release();
  }
}

/** `option prefer-last-server`, and clients whose server asked for NTLM. */
function lastServer({ session, back, backend }: Stream): ServerRun | undefined {
  if (!session.prefersLast && !back.section.options.preferLastServer) return undefined;
  const last = session.lastServer(backend);
  return last?.usable ? last : undefined;
}
