import { constants } from "node:os";
import type { FromWorker, LogLevel, ToWorker, WorkerConfig } from "./messages.js";
import { News } from "./news.js";
import { Respawn } from "./respawn.js";
import type { RoleEvent, RoleName, RoleNews } from "./role.js";

/** A worker's process, as the crew sees it. */
export interface WorkerProcess {
  readonly pid: number;
  send(message: ToWorker): void;
  kill(signal: NodeJS.Signals): void;
  onMessage(listener: (message: FromWorker) => void): void;
  /** Told once. */
  onExit(listener: (status: number | null, signal: NodeJS.Signals | null) => void): void;
}

export interface CrewOptions {
  /** Starts a worker process. */
  readonly launch: () => WorkerProcess;
  /** Milliseconds that only go forward. */
  readonly now: () => number;
  /** -R: who ends is not begun again. */
  readonly respawn: boolean;
  readonly on: CrewEvents;
  /** A worker that says nothing for so long, in milliseconds, hangs. */
  readonly silence?: number;
  /** Whether a role is meant by another one's news; by default every one is. */
  readonly isFor?: (role: RoleName, news: RoleNews) => boolean;
}

export interface CrewEvents {
  readonly log: (role: RoleName | undefined, pid: number, level: LogLevel, message: string) => void;
  readonly event: (role: RoleName, event: RoleEvent) => void;
  /** A role has a process, or none any more. */
  readonly process: (role: RoleName, pid: number | undefined) => void;
  /** It ended before it had started for the first time, or ended and is not to be begun again. */
  readonly lost: (role: RoleName, why: string) => void;
}

/** The director's programs are written and checked by the kernel in one go, which takes its time: the checker may be silent then. */
const defaultSilence: Readonly<Record<RoleName, number>> = { vrrp: 3000, bfd: 3000, checker: 30_000 };
/** A large configuration takes its time to be read, and nothing is said meanwhile. */
const silenceOfBeginners = 30_000;

interface Post {
  readonly role: RoleName;
  readonly respawn: Respawn;
  config: WorkerConfig;
  worker: WorkerProcess | undefined;
  /** Its process has the code. */
  isLoaded: boolean;
  /** It has been in its role once. */
  hasStarted: boolean;
  snapshot: unknown;
  hasSnapshot: boolean;
  /** When it was heard of last, and whether it may be silent for longer. */
  heard: number;
  busy: boolean;
  stopping: boolean;
  /** When its predecessor ended. */
  endedAt: number | undefined;
  timer: NodeJS.Timeout | undefined;
  readonly started: Waiting;
  readonly reloaded: Waiting;
  readonly gone: Waiting;
  /** How often its process has ended unasked. */
  restarts: number;
  /** How long the last takeover took, in milliseconds, from the end seen to the successor's start. */
  takeover: number | undefined;
}

/** Who waits for something to happen: told, with why it did not, if it did not. */
type Waiting = ((failure?: string) => void)[];

/** The workers, a post for each role, and a spare one that takes the post of who ends unasked. */
export class Crew {
  readonly #options: CrewOptions;
  readonly #posts = new Map<RoleName, Post>();
  #spare: WorkerProcess | undefined;
  #spareLoaded = false;
  #spareSince = 0;
  #sparePause: NodeJS.Timeout | undefined;
  readonly #spareRespawn = new Respawn();
  #stopping = false;
  #watch: NodeJS.Timeout | undefined;
  #lookedAt = 0;
  #nextId = 1;
  readonly #asked = new Map<number, (status: unknown) => void>();
  readonly #news: News;

  constructor(options: CrewOptions) {
    this.#options = options;
    this.#news = new News(options.isFor);
  }

  /** The roles that have a post. */
  get roles(): RoleName[] {
    return [...this.#posts.keys()];
  }

  /** What there is to say of the posts. */
  posts(): { role: RoleName; pid: number | undefined; restarts: number; takeover: number | undefined }[] {
    return [...this.#posts.values()].map(({ role, worker, restarts, takeover }) => ({
      role,
      pid: worker?.pid,
      restarts,
      takeover,
    }));
  }

  get sparePid(): number | undefined {
    return this.#spareLoaded ? this.#spare?.pid : undefined;
  }

  /** True while every worker is in its role and is heard of. */
  get isWell(): boolean {
    return [...this.#posts.values()].every(({ worker, hasStarted }) => worker !== undefined && hasStarted);
  }

  /** Has these roles begin; settled when all have started. A failure is told by `lost`, too. */
  async start(roles: readonly RoleName[], config: WorkerConfig): Promise<void> {
    this.#lookedAt = this.#options.now();
    this.#watch ??= setInterval(() => this.#look(), 500);
    await Promise.all(roles.map((role) => this.#begin(role, config)));
    this.#takeSpare();
  }

  /** Has the roles go over to another configuration: begins those that are new, ends those that aren't wanted any more. */
  async reload(roles: readonly RoleName[], config: WorkerConfig): Promise<string[]> {
    const failures: string[] = [];
    if (this.#stopping) return failures;
    const unwanted = this.roles.filter((role) => !roles.includes(role));
    await Promise.all([
      ...roles.map(async (role) => {
        const failure = await (this.#posts.has(role)
          ? this.#reload(role, config)
          : this.#begin(role, config));
        if (failure !== undefined) failures.push(`${role}: ${failure}`);
      }),
      ...unwanted.map((role) => this.#end(this.#posts.get(role)!, 5000)),
    ]);
    return failures;
  }

  /**
   * Ends all in order; who is not done after `patience` milliseconds is killed. VRRP comes first: while the addresses are here,
   * packets come here, and need the virtual servers.
   */
  async stop(patience: number): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#sparePause);
    this.#spare?.kill("SIGKILL");
    this.#spare = undefined;
    const endAll = (posts: readonly Post[]) => Promise.all(posts.map((post) => this.#end(post, patience)));
    await endAll([...this.#posts.values()].filter(({ role }) => role === "vrrp"));
    await endAll([...this.#posts.values()]);
    clearInterval(this.#watch);
  }

  /** What a role is doing; undefined if it does not say so in time. */
  status(role: RoleName, patience = 2000): Promise<unknown> {
    const worker = this.#posts.get(role)?.worker;
    if (!worker) return Promise.resolve(undefined);
    const id = this.#nextId++;
    return new Promise((resolve) => {
      const done = (status: unknown) => {
        clearTimeout(timer);
        this.#asked.delete(id);
        resolve(status ?? undefined);
      };
      const timer = setTimeout(() => done(undefined), patience);
      this.#asked.set(id, done);
      worker.send({ type: "status", id });
    });
  }

  clearStatistics(): void {
    for (const { worker } of this.#posts.values()) worker?.send({ type: "clear-statistics" });
  }

  #begin(role: RoleName, config: WorkerConfig): Promise<string | undefined> {
    const post: Post = {
      role,
      respawn: new Respawn(),
      config,
      worker: undefined,
      isLoaded: false,
      hasStarted: false,
      snapshot: undefined,
      hasSnapshot: false,
      heard: this.#options.now(),
      busy: true,
      stopping: false,
      endedAt: undefined,
      timer: undefined,
      started: [],
      reloaded: [],
      gone: [],
      restarts: 0,
      takeover: undefined,
    };
    this.#posts.set(role, post);
    const done = waitFor(post.started);
    this.#man(post);
    return done;
  }

  /** Gives a post a process: the spare one, if it is there. */
  #man(post: Post): void {
    const { now, launch } = this.#options;
    const spare = this.#spare; // One that still loads is further than a new one.
    post.isLoaded = spare !== undefined && this.#spareLoaded;
    this.#spare = undefined;
    this.#spareLoaded = false;
    const worker = spare ?? launch();
    post.worker = worker;
    post.heard = now();
    post.busy = true;
    if (!spare) this.#listen(worker);
    this.#options.on.process(post.role, worker.pid);
    worker.send({
      type: "become",
      role: post.role,
      config: post.config,
      ...(post.hasSnapshot && { handover: { snapshot: post.snapshot } }),
    });
  }

  #listen(worker: WorkerProcess): void {
    worker.onMessage((message) => this.#hear(worker, message));
    worker.onExit((status, signal) => this.#exited(worker, status, signal));
  }

  #postOf(worker: WorkerProcess): Post | undefined {
    return [...this.#posts.values()].find((post) => post.worker === worker);
  }

  #hear(worker: WorkerProcess, message: FromWorker): void {
    const { on, now } = this.#options;
    const post = this.#postOf(worker);
    if (message.type === "log") {
      on.log(post?.role, worker.pid, message.level, message.message);
      return;
    }
    if (message.type === "status") {
      this.#asked.get(message.id)?.(message.status);
      return;
    }
    if (worker === this.#spare && message.type === "loaded") this.#spareLoaded = true;
    if (!post) return;
    post.heard = now();
    switch (message.type) {
      case "loaded":
        post.isLoaded = true;
        this.#takeSpare();
        break;
      case "started":
        if (message.failure !== undefined) {
          on.log(post.role, worker.pid, "error", message.failure);
          break; // Its exit follows.
        }
        post.hasStarted = true;
        post.busy = false;
        if (post.endedAt !== undefined) this.#tellTakeover(post, worker);
        settle(post.started);
        this.#tellNews(post.role, worker);
        this.#takeSpare();
        break;
      case "reloaded":
        post.busy = false;
        this.#tellNews(post.role, worker); // Of what it had no need to know before.
        settle(post.reloaded, message.failure);
        break;
      case "snapshot":
        post.snapshot = message.snapshot;
        post.hasSnapshot = true;
        break;
      case "event":
        on.event(post.role, message.event);
        for (const role of this.#news.note(post.role, message.event, this.roles))
          this.#posts.get(role)!.worker?.send({ type: "news", news: message.event as RoleNews });
        break;
      default:
        break;
    }
  }

  #tellNews(role: RoleName, worker: WorkerProcess): void {
    for (const news of this.#news.of(role)) worker.send({ type: "news", news });
  }

  #tellTakeover(post: Post, worker: WorkerProcess): void {
    const took = Math.round(this.#options.now() - post.endedAt!);
    post.endedAt = undefined;
    post.takeover = took;
    this.#options.on.log(
      post.role,
      worker.pid,
      "info",
      `took over${post.hasSnapshot ? " with the last snapshot" : ""}, ${took} ms after the end was seen`,
    );
  }

  #exited(worker: WorkerProcess, status: number | null, signal: NodeJS.Signals | null): void {
    const { on } = this.#options;
    if (worker === this.#spare) {
      this.#spare = undefined;
      this.#spareLoaded = false;
      if (!this.#stopping) this.#takeSpareAfter(this.#spareRespawn.ended(this.#options.now()));
      return;
    }
    const post = this.#postOf(worker);
    if (!post) return;
    post.worker = undefined;
    on.process(post.role, undefined);
    if (post.stopping) {
      settle(post.gone);
      settle(post.started);
      settle(post.reloaded);
      return;
    }
    const how = signal === null ? `with status ${status}` : `by ${signal} (${constants.signals[signal]})`;
    settle(post.reloaded, `its process ended ${how}`);
    if (!post.hasStarted || !this.#options.respawn) {
      this.#posts.delete(post.role);
      settle(post.started, `its process ended ${how}`);
      on.lost(post.role, `its process (${worker.pid}) ended ${how}`);
      return;
    }
    post.restarts++;
    const pause = post.respawn.ended(this.#options.now());
    post.endedAt ??= this.#options.now();
    on.log(
      undefined,
      worker.pid,
      "error",
      `${post.role} process (${worker.pid}) ended ${how}: ${pause === 0 ? "Respawning" : `it ends again and again; the next one begins in ${pause / 1000} s`}`,
    );
    if (pause === 0) this.#man(post);
    else
      post.timer = setTimeout(() => {
        post.endedAt = this.#options.now();
        this.#man(post);
      }, pause);
  }

  #takeSpareAfter(pause: number): void {
    clearTimeout(this.#sparePause);
    this.#sparePause = setTimeout(() => this.#takeSpare(), Math.max(100, pause));
  }

  /** Starts a spare process, once everybody who has a post has his code: it takes a CPU for a while. */
  #takeSpare(): void {
    if (this.#spare || this.#stopping || !this.#options.respawn || this.#posts.size === 0) return;
    if ([...this.#posts.values()].some(({ isLoaded, endedAt }) => !isLoaded || endedAt !== undefined)) return;
    this.#spare = this.#options.launch();
    this.#spareLoaded = false;
    this.#spareSince = this.#options.now();
    this.#listen(this.#spare);
  }

  #reload(role: RoleName, config: WorkerConfig): Promise<string | undefined> {
    const post = this.#posts.get(role)!;
    post.config = config;
    // Between two processes: the next one begins with this.
    if (!post.worker) return Promise.resolve(undefined);
    post.busy = true;
    const done = waitFor(post.reloaded);
    post.worker.send({ type: "reload", config });
    return done;
  }

  async #end(post: Post, patience: number): Promise<void> {
    post.stopping = true;
    clearTimeout(post.timer);
    const { worker } = post;
    if (worker) {
      const gone = waitFor(post.gone);
      worker.send({ type: "stop" });
      const timer = setTimeout(() => {
        this.#options.on.log(
          undefined,
          worker.pid,
          "warn",
          `${post.role} process failed to die - forcing termination`,
        );
        worker.kill("SIGKILL");
      }, patience);
      await gone;
      clearTimeout(timer);
    }
    this.#posts.delete(post.role);
  }

  /** Ends who is silent for too long. Were we held up ourselves, everybody has the time again. */
  #look(): void {
    const now = this.#options.now();
    const late = now - this.#lookedAt > 1500;
    this.#lookedAt = now;
    if (this.#spare && !this.#spareLoaded && now - this.#spareSince > silenceOfBeginners)
      this.#spare.kill("SIGKILL");
    for (const post of this.#posts.values()) {
      if (late) post.heard = now;
      const silence = this.#options.silence ?? defaultSilence[post.role];
      const longest = post.busy ? Math.max(silence, silenceOfBeginners) : silence;
      if (!post.worker || post.stopping || now - post.heard <= longest) continue;
      this.#options.on.log(
        undefined,
        post.worker.pid,
        "error",
        `${post.role} process (${post.worker.pid}) has said nothing for ${Math.round((now - post.heard) / 100) / 10} s: it is ended`,
      );
      post.heard = now;
      post.worker.kill("SIGKILL");
    }
  }
}

function waitFor(waiting: Waiting): Promise<string | undefined> {
  return new Promise((resolve) => waiting.push(resolve));
}

function settle(waiting: Waiting, failure?: string): void {
  for (const done of waiting.splice(0)) done(failure);
}
