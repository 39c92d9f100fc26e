import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  close,
  getOption,
  type ListeningOptions,
  listeningSocket,
  SOL_SOCKET,
} from "../../sys/index.js";
import { IpAddress } from "../../wire/address.js";

const SO_BINDTODEVICE = 25;

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

/** How a socket's place is called: what the kernel says of one that is there is compared with what a bind line wants. */
export function placeOfInet(address: Uint8Array, port: number, options: ListeningOptions): string {
  const six = address.length === 16 && options.v6Only ? " v6only" : "";
  return `${IpAddress.fromBytes(address)} ${port}${six}${options.transparent ? " transparent" : ""} ${options.interface ?? ""}`;
}

export const placeOfUnix = (path: string): string => `unix ${path.replace(/\.\d+\.tmp$/, "")}`;

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
