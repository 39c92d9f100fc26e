import { chmodSync, chownSync, linkSync, renameSync, rmSync } from "node:fs";
import { isIPv6 } from "node:net";
import type { Bind } from "../../config/haproxy/model/index.js";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  beginListening,
  boundSocket,
  close,
  getOption,
  isOpen,
  type ListeningOptions,
  type ListeningPlace,
  listeningSocket,
  SOL_SOCKET,
  SystemError,
} from "../../sys/index.js";
import { IpAddress } from "../../wire/address.js";
import { type ListenerPlan, ownerText, placeText } from "./listener-plan.js";

const SO_BINDTODEVICE = 25;

/** Why a listener has no socket. HAProxy tries the retryable ones again while an old process may still hold the place. */
export interface BindFailure {
  readonly plan: ListenerPlan;
  /** "cannot bind socket (Address already in use) for [127.0.0.1:80]" */
  readonly text: string;
  readonly retryable: boolean;
  /** "Binding" or "Starting": which of the two steps. */
  readonly step: "Binding" | "Starting";
}

/** A line of what went wrong, as HAProxy says it. */
export function bindFailureText({ plan, text, step }: BindFailure): string {
  return `${step} [${placeText(plan.bind.place)}] for ${ownerText(plan.owner)}: ${text}`;
}

export interface BindOptions {
  readonly reusePort: boolean;
  /** unix-bind prefix was put before paths by who read the configuration. */
  readonly unix: {
    readonly mode: number | undefined;
    readonly uid: number | undefined;
    readonly gid: number | undefined;
  };
  readonly warn: (text: string) => void;
}

/** Descriptors that listen already, from a master, an old process or whoever started us; those that nobody wanted are closed. */
export class OfferedSockets {
  readonly #byPlace = new Map<string, number[]>();

  /** Those that are no listening sockets are left alone. */
  add(fd: number): void {
    const key = placeOfSocket(fd);
    if (key === undefined) return;
    const list = this.#byPlace.get(key);
    if (list) list.push(fd);
    else this.#byPlace.set(key, [fd]);
  }

  take(key: string): number | undefined {
    return this.#byPlace.get(key)?.shift();
  }

  get rest(): number[] {
    return [...this.#byPlace.values()].flat();
  }

  close(): void {
    for (const fd of this.rest) close(fd);
    this.#byPlace.clear();
  }
}

/** Sockets by their plans' `index`. */
export type BoundSockets = Map<number, number>;

/**
 * Binds all, and has them listen: what was offered for a place is taken, what is there in `done` from an earlier try is kept.
 * Nothing is half done by its caller's choice: on failures he closes what `done` has.
 */
export function bindAll(
  plans: readonly ListenerPlan[],
  offered: OfferedSockets,
  options: BindOptions,
  done: BoundSockets,
): BindFailure[] {
  const failures: BindFailure[] = [];
  for (const plan of plans) {
    if (done.has(plan.index)) continue;
    try {
      done.set(plan.index, bindOne(plan, offered, options));
    } catch (error) {
      if (!(error instanceof BindError)) throw error;
      failures.push({ plan, text: error.message, retryable: error.retryable, step: error.step });
    }
  }
  return failures;
}

class BindError extends Error {
  readonly retryable: boolean;
  readonly step: "Binding" | "Starting";

  constructor(message: string, retryable: boolean, step: "Binding" | "Starting" = "Binding") {
    super(message);
    this.retryable = retryable;
    this.step = step;
  }
}

function bindOne(plan: ListenerPlan, offered: OfferedSockets, options: BindOptions): number {
  const { bind } = plan;
  const { address } = bind;
  const listening = listeningOptions(plan, options);
  const warn = (name: string, error: SystemError) =>
    options.warn(
      `${bindFailureText({ plan, step: "Starting", retryable: false, text: `cannot set ${name} (${errorText(error)})` })}`,
    );
  if (!("type" in address)) {
    if (!isOpen(address.fd))
      throw new BindError(`cannot use inherited descriptor (Bad file descriptor) [fd ${address.fd}]`, false);
    return begin(address.fd, plan, listening, warn, `[fd ${address.fd}]`);
  }
  if (address.type === "datagram")
    throw new BindError(`datagram listeners are not done here for [${bind.text}]`, false);
  if (address.kind === "inet") {
    const place = inetPlace(address.host, address.family, plan.port ?? 0);
    const shown = `[${IpAddress.fromBytes(place.address)}:${place.port}]`;
    const there =
      place.port === 0 ? undefined : offered.take(placeOfInet(place.address, place.port, listening));
    if (there !== undefined) return begin(there, plan, listening, warn, `for ${shown}`);
    let fd: number;
    try {
      fd = boundSocket(place, listening, warn);
    } catch (error) {
      throw refusal("cannot bind socket", error, `for ${shown}`, true);
    }
    return begin(fd, plan, listening, warn, `for ${shown}`);
  }
  const abstract = address.kind === "abstract";
  const there = offered.take(placeOfUnix(abstract ? `@${address.path}` : address.path));
  if (there !== undefined) return begin(there, plan, listening, warn, `[fd ${there}]`);
  if (abstract) {
    try {
      return begin(
        boundSocket({ path: `@${address.path}` }, listening, warn),
        plan,
        listening,
        warn,
        `[${address.path}]`,
      );
    } catch (error) {
      throw refusal("cannot bind UNIX socket", error, `[${address.path}]`, true);
    }
  }
  return bindPath(address.path, plan, listening, options, warn);
}

/**
 * A socket of a temporary name takes the place of the old one at once (rename): who connects finds one or the other, and the old process
 * keeps its own for those it has.
 */
function bindPath(
  path: string,
  plan: ListenerPlan,
  listening: ListeningOptions,
  options: BindOptions,
  warn: (name: string, error: SystemError) => void,
): number {
  const temporary = `${path}.${process.pid}.tmp`;
  const backup = `${path}.${process.pid}.bak`;
  if (Buffer.byteLength(temporary) > 107)
    throw new BindError(`name too long for UNIX socket (limit usually 97) [${path}]`, false);
  const step = (what: string, work: () => void, mayBeMissing = false) => {
    try {
      work();
    } catch (error) {
      if (mayBeMissing && (error as NodeJS.ErrnoException).code === "ENOENT") return;
      throw refusal(what, error, `[${path}]`, false);
    }
  };
  step("error when trying to unlink previous UNIX socket", () => {
    rmSync(temporary, { force: true });
    rmSync(backup, { force: true });
  });
  step("error when trying to preserve previous UNIX socket", () => linkSync(path, backup), true);
  let fd: number;
  try {
    fd = boundSocket({ path: temporary }, listening, warn);
  } catch (error) {
    rmSync(backup, { force: true });
    throw refusal("cannot bind UNIX socket", error, `[${path}]`, false);
  }
  try {
    const { bind } = plan;
    const uid = bind.uid ?? options.unix.uid;
    const gid = bind.gid ?? options.unix.gid;
    const mode = bind.mode ?? options.unix.mode;
    step("cannot change UNIX socket ownership", () => {
      if (uid !== undefined || gid !== undefined)
        chownSync(temporary, uid ?? process.getuid!(), gid ?? process.getgid!());
      if (mode !== undefined && mode !== 0) chmodSync(temporary, mode);
    });
    // Before it has its name: who connects by the name is never refused.
    begin(fd, plan, listening, warn, `[${path}]`);
    step("cannot switch final and temporary UNIX sockets", () => renameSync(temporary, path));
  } catch (error) {
    rmSync(temporary, { force: true });
    rmSync(backup, { force: true });
    try {
      close(fd);
    } catch {
      // It was closed where listening failed.
    }
    throw error;
  }
  rmSync(backup, { force: true });
  return fd;
}

function begin(
  fd: number,
  plan: ListenerPlan,
  listening: ListeningOptions,
  warn: (name: string, error: SystemError) => void,
  shown: string,
): number {
  try {
    if (!listeningSocket(fd).listens || plan.bind.address.kind !== "fd") beginListening(fd, listening, warn);
    return fd;
  } catch (error) {
    if (plan.bind.address.kind !== "fd") close(fd);
    throw refusal("cannot listen to socket", error, shown, true, "Starting");
  }
}

function refusal(
  what: string,
  error: unknown,
  shown: string,
  retryable: boolean,
  step: "Binding" | "Starting" = "Binding",
): BindError {
  if (error instanceof BindError) return error;
  const where =
    error instanceof SystemError && error.call.startsWith("socket") ? "cannot create receiving socket" : what;
  return new BindError(`${where} (${errorText(error)}) ${shown}`, retryable, step);
}

/** "Address already in use": the C library's words alone. */
function errorText(error: unknown): string {
  const { message } = error as Error;
  if (error instanceof SystemError) return message.split(": ").slice(2).join(": ");
  return /^[A-Z]+: (.*?),/.exec(message)?.[1] ?? message;
}

function listeningOptions({ bind, backlog }: ListenerPlan, { reusePort }: BindOptions): ListeningOptions {
  return {
    backlog,
    reusePort,
    transparent: bind.transparent,
    v6Only: isV6Only(bind),
    deferAccept: bind.deferAccept,
    fastOpen: bind.tfo,
    ...(bind.interface !== undefined && { interface: bind.interface }),
    ...(bind.mss !== undefined && { mss: bind.mss }),
    ...(bind.tcpUserTimeoutMs !== undefined && { userTimeoutMs: bind.tcpUserTimeoutMs }),
  };
}

/** v6only is stronger than v4v6; without either the system's default (net.ipv6.bindv6only, 0) holds. */
const isV6Only = ({ v6only }: Bind): boolean => v6only;

function inetPlace(
  host: string,
  family: 4 | 6 | undefined,
  port: number,
): { address: Uint8Array; port: number } & ListeningPlace {
  const text = host === "" ? (family === 6 ? "::" : "0.0.0.0") : host;
  const parsed = IpAddress.parse(isIPv6(text) ? text.split("%")[0]! : text);
  if (parsed === undefined)
    throw new BindError(`cannot bind socket (the name was not resolved) for [${host}:${port}]`, false);
  return { address: parsed.bytes, port };
}

/** How a socket's place is called: what the kernel says of one that is there is compared with what a bind line wants. */
function placeOfInet(address: Uint8Array, port: number, options: ListeningOptions): string {
  const six = address.length === 16 && options.v6Only ? " v6only" : "";
  return `${IpAddress.fromBytes(address)} ${port}${six}${options.transparent ? " transparent" : ""} ${options.interface ?? ""}`;
}

const placeOfUnix = (path: string): string => `unix ${path.replace(/\.\d+\.tmp$/, "")}`;

function placeOfSocket(fd: number): string | undefined {
  let there: ReturnType<typeof listeningSocket>;
  try {
    there = listeningSocket(fd);
  } catch {
    return undefined;
  }
  if (!there.stream || !there.listens) return undefined;
  if (there.family === AF_UNIX) return placeOfUnix(there.path);
  if (there.family !== AF_INET && there.family !== AF_INET6) return undefined;
  const device = getOption(fd, SOL_SOCKET, SO_BINDTODEVICE, 16).toString("latin1").replace(/\0.*$/s, "");
  return placeOfInet(there.address, there.port, {
    backlog: 0,
    v6Only: there.v6Only,
    transparent: there.transparent,
    ...(device !== "" && { interface: device }),
  });
}
