import type { ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { RondoError } from "../errors.js";
import {
  bind,
  close,
  inetAddress,
  listen,
  localAddress,
  SO_REUSEADDR,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  SOL_SOCKET,
  SystemError,
  setOption,
  socket,
} from "../sys/index.js";
import { refuseOff } from "./faults/index.js";
import type { Lab } from "./lab.js";
import { programPath } from "./programs.js";
import { type LabState, readState } from "./state.js";

/** What the program on the client is told when it is started. */
export interface PublishConfig {
  readonly lab: string;
  /** Descriptor of the socket that listens. */
  readonly listener: number;
  /** The port on 127.0.0.1. */
  readonly published: number;
  /** Where connections go to, within the lab. */
  readonly address: string;
  readonly port: number;
}

/** What it tells, a line of JSON each. */
export type PublishNews =
  | { readonly kind: "ready" }
  | { readonly kind: "answers" }
  | { readonly kind: "fails"; readonly why: string }
  | { readonly kind: "full"; readonly most: number };

export interface PublishOptions {
  /** On 127.0.0.1; 0: any that is free. */
  readonly port: number;
  /** What is published; the topology's traffic goes to it by default. */
  readonly address?: string;
  readonly toPort?: number;
  /** Told in a sentence when connections begin to fail, and when they succeed again. */
  readonly onTrouble?: (what: string) => void;
}

/** A service of a lab that is answered for on this machine's 127.0.0.1. */
export interface Publication {
  readonly port: number;
  readonly address: string;
  readonly toPort: number;
  /** Why it came to an end, in a sentence; nothing after {@link stop}. */
  readonly ended: Promise<string | undefined>;
  /** Closes the port and breaks off what is connected. */
  stop(): void;
}

/** How long the program may take to break off what is connected, in milliseconds. */
const stopPatience = 2000;
const loopback = Uint8Array.of(127, 0, 0, 1);

/**
 * Has 127.0.0.1 of the caller's own network answer as an address of a lab does for the lab's client: whoever has no interface
 * in the lab, as a browser, can ask there. It ends with this process, with the lab, and with the client's power.
 *
 * @throws RondoError "port-taken", "host-off", "publish-failed"
 */
export async function publish(lab: Lab, options: PublishOptions): Promise<Publication> {
  const { from, address: usual, port: usualPort } = lab.topology.traffic;
  const { address = usual, toPort = usualPort, onTrouble = () => {} } = options;
  refuseOff(lab, from);
  const listener = listenOnLoopback(options.port);
  let child: ChildProcess;
  let port: number;
  try {
    // sockaddr_in: family, port, address.
    port = localAddress(listener).readUInt16BE(2);
    const config: PublishConfig = { lab: lab.name, listener: 3, published: port, address, port: toPort };
    child = lab.host(from).spawn(process.execPath, [programPath("publish"), JSON.stringify(config)], {
      stdio: ["pipe", "pipe", "pipe", listener],
    });
  } finally {
    // From here on it is the program's alone.
    close(listener);
  }
  child.stdin!.on("error", () => {}); // It has ended.
  let complaint = "";
  child.stderr!.on("data", (data: Buffer) => {
    complaint += data.toString();
  });
  let stopped = false;
  const closed = new Promise<void>((resolve) => {
    child.once("close", () => resolve());
    child.once("error", (error) => {
      complaint ||= error.message;
      resolve();
    });
  });
  const where = endpoint(address, toPort);
  const ready = await new Promise<boolean>((resolve) => {
    let failing = false;
    createInterface({ input: child.stdout! }).on("line", (line) => {
      const news: PublishNews = JSON.parse(line);
      if (news.kind === "ready") resolve(true);
      else if (news.kind === "full") onTrouble(`${news.most} connections are open: no more are taken`);
      else if (news.kind === "fails") onTrouble(`${where} ${news.why}`);
      else if (failing) onTrouble(`${where} accepts connections again`);
      failing = news.kind === "fails";
    });
    void closed.then(() => resolve(false));
  });
  if (!ready)
    throw new RondoError("publish-failed", `the program on ${from} did not start: ${complaint.trim()}`);
  return {
    port,
    address,
    toPort,
    ended: closed.then(() => (stopped ? undefined : reasonOfEnd(lab.state, from, complaint.trim()))),
    stop: () => {
      stopped = true;
      child.stdin!.end();
      const last = setTimeout(() => child.kill("SIGKILL"), stopPatience);
      void closed.then(() => clearTimeout(last));
    },
  };
}

/** @throws RondoError "port-taken" */
function listenOnLoopback(port: number): number {
  const fd = socket(2, SOCK_STREAM | SOCK_NONBLOCK);
  try {
    // Those who were connected to an earlier one hold the port for a minute otherwise.
    setOption(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    bind(fd, inetAddress(loopback, port));
    listen(fd);
    return fd;
  } catch (error) {
    close(fd);
    const remedy = "Take another one with --port, or any that is free with --port 0.";
    if (SystemError.is(error, "EADDRINUSE"))
      throw new RondoError("port-taken", `port ${port} of 127.0.0.1 is taken by another program`, {
        remedy,
        cause: error,
      });
    throw error;
  }
}

/** How long what else happens when a lab or a host goes may take to be seen, in milliseconds. */
const patience = 10_000;

/** The lab goes down, or its client loses its power, little by little: the program is what ends first. */
async function reasonOfEnd({ name, since }: LabState, client: string, complaint: string): Promise<string> {
  const end = Date.now() + patience;
  for (;;) {
    const state = readState(name);
    if (state?.since !== since) return `lab ${name} is down`;
    if (state.faults?.some(({ kind, host }) => kind === "fail" && host === client))
      return `${client} of lab ${name} has lost its power`;
    if (complaint || Date.now() > end)
      return `the program on ${client} of lab ${name} has ended${complaint && `: ${complaint}`}`;
    await sleep(20);
  }
}

/** "192.168.4.15:80", "[fd66::15]:80" */
export const endpoint = (address: string, port: number): string =>
  address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
