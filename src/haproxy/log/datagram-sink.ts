import { promises as dns } from "node:dns";
import { readFileSync } from "node:fs";
import type { LogTarget, SocketAddress } from "../../config/haproxy/model/index.js";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  close,
  inetAddress,
  SOCK_DGRAM,
  sendTo,
  socket,
  unixAddress,
} from "../../sys/index.js";
import { IpAddress } from "../../wire/index.js";
import { type LineAround, lineHeader } from "./header.js";
import type { LogSink } from "./sink.js";

const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
const SOCK_CLOEXEC = 0x80000;
/** Lines that wait while a host's name is looked up. */
const mostWaiting = 1000;

/** One socket for each family serves all targets of a thread. */
const sockets = new Map<number, number>();

function socketOf(family: number): number {
  let fd = sockets.get(family);
  if (fd === undefined) {
    fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC);
    sockets.set(family, fd);
  }
  return fd;
}

/** Closes the sockets of this thread; they are made again when a line is sent. */
export function closeLogSockets(): void {
  for (const fd of sockets.values()) close(fd);
  sockets.clear();
}

/** Syslog over UDP, or to a Unix datagram socket such as /dev/log. Never waits: what the kernel doesn't take is lost, and counted. */
export class DatagramSink implements LogSink {
  readonly #target: LogTarget;
  #family = AF_INET;
  #address: Buffer | undefined;
  #waiting: Buffer[] = [];

  constructor(target: LogTarget, address: SocketAddress) {
    this.#target = target;
    if (address.kind === "unix" || address.kind === "abstract") {
      this.#family = AF_UNIX;
      this.#address = unixAddress(address.kind === "abstract" ? `@${address.path}` : address.path);
    } else if (address.kind === "inet") this.#open(address.host || "127.0.0.1", address.ports?.from ?? 514);
  }

  write(text: string, around: LineAround): boolean {
    const { format, length } = this.#target;
    const line = lineHeader(format, around) + text;
    const bytes = Buffer.from(`${line.length > length ? line.slice(0, length) : line}\n`, "latin1");
    if (this.#address === undefined) {
      if (this.#waiting.length >= mostWaiting) return false;
      this.#waiting.push(bytes);
      return true;
    }
    return this.#send(bytes, this.#address);
  }

  close(): void {
    this.#waiting = [];
  }

  #send(bytes: Buffer, address: Buffer): boolean {
    try {
      return sendTo(socketOf(this.#family), bytes, address, MSG_DONTWAIT | MSG_NOSIGNAL) !== undefined;
    } catch {
      return false; // nobody listens at the address: a datagram before it was refused
    }
  }

  #open(host: string, port: number): void {
    const known = IpAddress.parse(host) ?? hostsFile(host);
    if (known) {
      this.#use(known, port);
      return;
    }
    void dns.lookup(host).then(
      ({ address }) => this.#use(IpAddress.of(address), port),
      () => undefined, // lines wait, and later ones are dropped
    );
  }

  #use(address: IpAddress, port: number): void {
    this.#family = address.family === 4 ? AF_INET : AF_INET6;
    this.#address = inetAddress(address.bytes, port);
    for (const bytes of this.#waiting) this.#send(bytes, this.#address);
    this.#waiting = [];
  }
}

/** Names that the machine itself knows need no waiting. */
function hostsFile(name: string): IpAddress | undefined {
  try {
    for (const line of readFileSync("/etc/hosts", "utf8").split("\n")) {
      const [address, ...names] = (line.split("#", 1)[0] as string).trim().split(/\s+/);
      const found = names.includes(name) ? IpAddress.parse(address as string) : undefined;
      if (found?.family === 4) return found;
    }
  } catch {
    // without the file names are looked up
  }
  return undefined;
}
