import { chmodSync, rmSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Listen } from "../../config/nginx/model/index.js";
import {
  beginListening,
  boundSocket,
  close,
  errnoText,
  type ListeningPlace,
  SO_REUSEPORT,
  SOL_SOCKET,
  SystemError,
  setOption,
} from "../../sys/index.js";
import { IpAddress } from "../../wire/index.js";
import { StartFailure } from "./failure.js";
import type { Journal } from "./journal.js";
import { configureSocket, listeningOptions } from "./socket-options.js";

/** As nginx does (ngx_open_listening_sockets). */
const tries = 5;
const pauseMs = 500;

export interface BindOptions {
  readonly journal: Journal;
  /** -t: an address that is in use is no mistake. */
  readonly test?: boolean;
  /** How many workers there will be: each has a socket of its own of an address with `reuseport`. */
  readonly workers?: number;
}

/** A socket that there is to be. */
interface Wanted {
  readonly listen: Listen;
  readonly name: string;
}

/** What a socket is known by: "0.0.0.0:80", "udp 0.0.0.0:53". */
export const socketName = ({ udp, text }: Listen): string => (udp ? `udp ${text}` : text);

/** The socket of a worker by its number: all have the first one, unless each has its own. */
const workersName = (name: string, worker: number): string => (worker === 0 ? name : `${name}\0${worker}`);

/** Sockets that listen, or are UDP's and bound, by their names. */
export class Sockets {
  readonly #all: Map<string, number>;

  private constructor(all: Map<string, number>) {
    this.#all = all;
  }

  /**
   * Has sockets listen at all addresses, and takes those over that another configuration has there. They stay its own, too, until
   * it is {@link replaced}. None is left where one can't be had. @throws StartFailure
   */
  static async open(
    listens: readonly Listen[],
    before: Sockets | undefined,
    options: BindOptions,
  ): Promise<Sockets> {
    const all = new Map<string, number>();
    const sockets = new Sockets(all);
    const wanted = listens.flatMap((listen) => wantedOf(listen, options.workers ?? 1));
    try {
      for (let left = tries; ; left--) {
        const missing = wanted.filter(({ name }) => !all.has(name));
        const busy = missing.filter((each) => !openOne(each, all, before, options));
        if (busy.length === 0 || options.test) return sockets;
        options.journal.notice("try again to bind() after 500ms");
        await sleep(pauseMs);
        if (left === 1) throw new StartFailure("still could not bind()");
      }
    } catch (error) {
      sockets.#close((text) => before?.of(text) !== undefined);
      throw error;
    }
  }

  /** Those that another process has handed over. */
  static inherited(all: readonly (readonly [name: string, fd: number])[]): Sockets {
    return new Sockets(new Map(all));
  }

  get all(): [name: string, fd: number][] {
    return [...this.#all];
  }

  /** What a worker serves at, by the names of addresses. */
  forWorker(worker: number): [name: string, fd: number][] {
    const own = [...this.#all.keys()].filter((name) => !name.includes("\0"));
    return own.map((name) => [name, this.of(workersName(name, worker)) ?? this.of(name)!]);
  }

  of(text: string): number | undefined {
    return this.#all.get(text);
  }

  /** Closes what another configuration has no use for. */
  replaced(by: Sockets): void {
    this.#close((text) => by.#all.has(text));
  }

  /** @param keepFiles another process listens there: files of Unix sockets stay */
  close(keepFiles = false): void {
    this.#close(() => false, keepFiles);
  }

  /** Closes what others have no use for; who handed it over may still listen there. */
  leave(others: Sockets): void {
    this.#close((text) => others.#all.has(text), true);
  }

  #close(stays: (text: string) => boolean, keepFiles = false): void {
    for (const [text, fd] of this.#all) {
      if (stays(text)) continue;
      close(fd);
      if (text.startsWith("unix:") && !keepFiles) rmSync(text.slice("unix:".length), { force: true });
    }
    this.#all.clear();
  }
}

/** Whether it listens now; false: the address is in use. */
function openOne(
  { listen, name }: Wanted,
  all: Map<string, number>,
  before: Sockets | undefined,
  { journal, test }: BindOptions,
): boolean {
  const kept = before?.of(name);
  const options = listeningOptions(listen);
  const ignored = (sentence: string) => journal.write("alert", sentence);
  const refused = (option: string, { errno }: SystemError) =>
    ignored(`setting ${option} of ${listen.text} failed, ignored (${errno}: ${errnoText(errno)})`);
  let doing = `bind() to ${listen.text}`;
  let fd: number | undefined;
  try {
    fd = kept ?? boundSocket(placeOf(listen), options, refused);
    // One that is kept may have been alone before.
    if (kept !== undefined && options.reusePort) setOption(fd, SOL_SOCKET, SO_REUSEPORT, 1);
    if (listen.path !== undefined && kept === undefined) chmodSync(listen.path, 0o666);
    doing = `listen() to ${listen.text}, backlog ${options.backlog}`;
    if (!listen.udp) beginListening(fd, options, refused);
    configureSocket(fd, listen, ignored);
    all.set(name, fd);
    return true;
  } catch (error) {
    if (fd !== undefined && kept === undefined) close(fd);
    if (!(error instanceof SystemError)) throw error;
    const sentence = `${doing} failed (${error.errno}: ${errnoText(error.errno)})`;
    if (error.errnoName !== "EADDRINUSE") throw new StartFailure(sentence);
    if (!test) journal.write("emerg", sentence);
    return false;
  }
}

function wantedOf(listen: Listen, workers: number): Wanted[] {
  const name = socketName(listen);
  const count = listen.reusePort && listen.path === undefined ? workers : 1;
  return Array.from({ length: count }, (_, worker) => ({ listen, name: workersName(name, worker) }));
}

function placeOf({ host, port, path, text }: Listen): ListeningPlace {
  if (path !== undefined) return { path };
  const address = IpAddress.parse(host);
  if (address === undefined) throw new StartFailure(`host not found in "${text}" of the "listen" directive`);
  return { address: address.bytes, port };
}
