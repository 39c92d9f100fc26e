import { isIPv6 } from "node:net";
import { boundSocket, isOpen } from "../../sys/index.js";
import { IpAddress } from "../../wire/address.js";
import { BindError, type BindFailure, refusal } from "./bind-error.js";
import { bindPath } from "./bind-path.js";
import { type Binding, type BindOptions, begin, bindingOf } from "./binding.js";
import type { ListenerPlan } from "./listener-plan.js";
import { type OfferedSockets, placeOfInet, placeOfUnix } from "./offered-sockets.js";

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

function bindOne(plan: ListenerPlan, offered: OfferedSockets, options: BindOptions): number {
  const binding = bindingOf(plan, options);
  const { address, text } = plan.bind;
  if (!("type" in address)) return bindInherited(address.fd, binding);
  if (address.type === "datagram")
    throw new BindError(`datagram listeners are not done here for [${text}]`, false);
  if (address.kind === "inet") return bindInet(address, offered, binding);
  const abstract = address.kind === "abstract";
  const there = offered.take(placeOfUnix(abstract ? `@${address.path}` : address.path));
  if (there !== undefined) return begin(there, binding, `[fd ${there}]`);
  return abstract ? bindAbstract(address.path, binding) : bindPath(address.path, binding);
}

function bindInherited(fd: number, binding: Binding): number {
  if (!isOpen(fd))
    throw new BindError(`cannot use inherited descriptor (Bad file descriptor) [fd ${fd}]`, false);
  return begin(fd, binding, `[fd ${fd}]`);
}

function bindInet(
  { host, family }: { readonly host: string; readonly family: 4 | 6 | undefined },
  offered: OfferedSockets,
  binding: Binding,
): number {
  const { plan, listening, warn } = binding;
  const place = inetPlace(host, family, plan.port ?? 0);
  const shown = `for [${IpAddress.fromBytes(place.address)}:${place.port}]`;
  const there =
    place.port === 0 ? undefined : offered.take(placeOfInet(place.address, place.port, listening));
  if (there !== undefined) return begin(there, binding, shown);
  let fd: number;
  try {
    fd = boundSocket(place, listening, warn);
  } catch (error) {
    throw refusal("cannot bind socket", error, shown, true);
  }
  return begin(fd, binding, shown);
}

function bindAbstract(path: string, binding: Binding): number {
  try {
    const fd = boundSocket({ path: `@${path}` }, binding.listening, binding.warn);
    return begin(fd, binding, `[${path}]`);
  } catch (error) {
    throw refusal("cannot bind UNIX socket", error, `[${path}]`, true);
  }
}

function inetPlace(
  host: string,
  family: 4 | 6 | undefined,
  port: number,
): { address: Uint8Array; port: number } {
  const text = host === "" ? (family === 6 ? "::" : "0.0.0.0") : host;
  const parsed = IpAddress.parse(isIPv6(text) ? text.split("%")[0]! : text);
  if (parsed === undefined)
    throw new BindError(`cannot bind socket (the name was not resolved) for [${host}:${port}]`, false);
  return { address: parsed.bytes, port };
}
