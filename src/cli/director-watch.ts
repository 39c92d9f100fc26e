import {
  attachments,
  attachWhereMissing,
  DirectorState,
  eligible,
  endDeadTrace,
  HostNetwork,
  noteWays,
  watchAnswers,
} from "../dataplane/xdp/index.js";
import { RondoError } from "../errors.js";
import { watchNetwork } from "../netlink/index.js";
import { ReadySet } from "../sys/index.js";

/** Routes and addresses change in swarms: so many milliseconds after the first of them all servers are looked at. */
const swarm = 200;

/**
 * `rondo director watch`: attaches the director to interfaces that come after the last change, and keeps what it knows of the
 * ways to its servers, until it gets a signal.
 */
export async function watch(): Promise<number> {
  const host = new HostNetwork();
  const ready = new ReadySet();
  const watched = new Watched(host);
  watched.look();
  watched.lookAtWays();
  const look = () => watched.look();
  let waiting: NodeJS.Timeout | undefined;
  const lookAtWays = () => {
    waiting ??= setTimeout(() => {
      waiting = undefined;
      watched.lookAtWays();
    }, swarm);
  };
  const resync = () => {
    look();
    lookAtWays();
  };
  const watcher = watchNetwork({ link: look, address: lookAtWays, route: lookAtWays, resync }, ready);
  process.stdout.write("watching interfaces\n");
  await new Promise<void>((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => resolve());
  });
  watcher.close();
  clearTimeout(waiting);
  ready.close();
  watched.close();
  host.close();
  return 0;
}

/** Says by which interfaces the director doesn't see what its own servers answer. */
export function tellUnseen(failures: ReturnType<typeof watchAnswers>): void {
  for (const { link, error } of failures)
    process.stderr.write(`${link.name}: what servers on this host answer is not seen: ${error.message}\n`);
}

/** The interfaces of a host, and whether the director is at them. */
class Watched {
  #state = DirectorState.openOrCreate();
  readonly #host: HostNetwork;
  /** Those that were there at the beginning: whoever chose among them has decided about all of them. */
  readonly #first: ReadonlySet<number>;
  readonly #refused = new Set<number>();
  readonly #unseen = new Set<number>();

  constructor(host: HostNetwork) {
    this.#host = host;
    this.#first = new Set(host.network.links.list().map(({ index }) => index));
  }

  look(): void {
    this.#locked(() => this.#attach());
  }

  lookAtWays(): void {
    this.#locked(() => {
      noteWays(this.#state, this.#host);
      this.#watchAnswers();
    });
  }

  /** A state that was reset meanwhile is made anew. */
  #locked(work: () => void): void {
    try {
      this.#state.locked(work);
    } catch (error) {
      if (!(error instanceof RondoError && error.code === "state-gone")) throw error;
      this.#state.close();
      this.#state = DirectorState.openOrCreate();
      this.#state.locked(work);
    }
  }

  close(): void {
    this.#state.close();
  }

  #attach(): void {
    const state = this.#state;
    endDeadTrace(state, this.#host);
    const before = new Set(attachments(state, this.#host).map(({ link }) => link.index));
    const wanted = eligible(this.#host.network.links.list()).filter(
      ({ index }) => state.settings.chosen === 0 || !this.#first.has(index),
    );
    const failures = attachWhereMissing(state, this.#host, wanted);
    for (const { link, attachment } of attachments(state, this.#host))
      if (!before.has(link.index)) process.stdout.write(`${link.name}: ${attachment}\n`);
    for (const { link, error } of failures) {
      if (!this.#refused.has(link.index)) process.stderr.write(`${link.name}: ${error.message}\n`);
      this.#refused.add(link.index);
    }
    this.#watchAnswers();
  }

  #watchAnswers(): void {
    const failures = watchAnswers(this.#state, this.#host);
    tellUnseen(failures.filter(({ link }) => !this.#unseen.has(link.index)));
    for (const { link } of failures) this.#unseen.add(link.index);
  }
}
