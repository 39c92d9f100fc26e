import { randomInt } from "node:crypto";
import type { Socket } from "node:dgram";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket as TcpSocket } from "node:net";
import { readSyncMessage, SyncMessageWriter, type SyncTable, writeExtension } from "../ipvs/sync/index.js";
import type { SyncSettings } from "./settings.js";
import { openReceivers, openSender, scoped } from "./sockets.js";

/** Directors that get the table at the same time, at most. */
const mostTakers = 4;
/** Milliseconds within which somebody who has asked may come for it. */
const patience = 5000;
/** Milliseconds without a byte after which either side gives up. */
const silence = 10_000;
/** Questions that are answered in a second, at most. */
const mostAnswers = 20;

/**
 * Gives the whole table to directors that come later: they ask for it over multicast, are told a port, and get it over TCP as messages one
 * behind the other. Only who has asked is served.
 */
export class WholeTableServer {
  /** Tables that were given wholly. */
  given = 0;
  readonly #settings: SyncSettings;
  readonly #table: () => SyncTable | undefined;
  readonly #receivers: readonly Socket[];
  readonly #sender: Socket;
  readonly #server: Server;
  /** Who has asked, and when. */
  readonly #asked = new Map<string, number>();
  #answers = { second: 0, count: 0 };

  private constructor(
    settings: SyncSettings,
    table: () => SyncTable | undefined,
    receivers: readonly Socket[],
    sender: Socket,
    server: Server,
  ) {
    this.#settings = settings;
    this.#table = table;
    this.#receivers = receivers;
    this.#sender = sender;
    this.#server = server;
    for (const receiver of receivers)
      receiver.on("message", (bytes, { address, port }) => this.#hear(bytes, address, port));
    server.on("connection", (socket) => void this.#serve(socket));
  }

  static async start(settings: SyncSettings, table: () => SyncTable | undefined): Promise<WholeTableServer> {
    const server = createServer();
    server.maxConnections = mostTakers;
    server.listen(0, scoped(settings.interfaceAddress.toString(), settings));
    await once(server, "listening");
    server.on("error", () => {});
    let receivers: Socket[] = [];
    try {
      receivers = await openReceivers({ ...settings, ports: 1 });
      const sender = await openSender(settings);
      return new WholeTableServer(settings, table, receivers, sender, server);
    } catch (error) {
      server.close();
      for (const receiver of receivers) receiver.close();
      throw error;
    }
  }

  stop(): void {
    this.#server.close();
    this.#sender.close();
    for (const receiver of this.#receivers) receiver.close();
  }

  #hear(bytes: Uint8Array, address: string, port: number): void {
    const { syncId } = this.#settings;
    const message = readSyncMessage(bytes);
    const isOurs = message.syncId === syncId || message.syncId === 0;
    if (message.extension?.kind !== "wanted" || !isOurs || !this.#mayAnswer()) return;
    const now = performance.now();
    for (const [who, when] of this.#asked) if (now - when > patience) this.#asked.delete(who);
    this.#asked.set(plain(address), now);
    const answer = {
      ...message.extension,
      kind: "here",
      port: (this.#server.address() as AddressInfo).port,
    } as const;
    this.#sender.send(writeExtension(syncId, answer), port, address, () => {});
  }

  #mayAnswer(): boolean {
    const second = Math.floor(performance.now() / 1000);
    if (this.#answers.second !== second) this.#answers = { second, count: 0 };
    return ++this.#answers.count <= mostAnswers;
  }

  async #serve(socket: TcpSocket): Promise<void> {
    socket.on("error", () => socket.destroy());
    const when = this.#asked.get(plain(socket.remoteAddress ?? ""));
    const table = this.#table();
    if (when === undefined || performance.now() - when > patience || !table) {
      socket.destroy();
      return;
    }
    socket.setTimeout(silence, () => socket.destroy());
    const writer = new SyncMessageWriter(this.#settings.syncId, this.#settings.maxLength);
    for (const entry of table.all()) {
      const full = writer.add(entry);
      if (full && !socket.write(full) && !(await drained(socket))) return;
    }
    const last = writer.take();
    socket.end(last ?? new Uint8Array(0), () => {
      this.given++;
    });
  }
}

/** An address without its interface and without IPv6's way to write IPv4's. */
const plain = (address: string): string => (address.split("%")[0] as string).replace(/^::ffff:/, "");

/** false: the connection was closed before. */
function drained(socket: TcpSocket): Promise<boolean> {
  return new Promise((resolve) => {
    if (socket.destroyed) {
      resolve(false);
      return;
    }
    const over = (isDrained: boolean) => {
      socket.off("drain", onDrain);
      socket.off("close", onClose);
      resolve(isDrained);
    };
    const onDrain = () => over(true);
    const onClose = () => over(false);
    socket.once("drain", onDrain);
    socket.once("close", onClose);
  });
}

/** Times that a question is asked, and milliseconds that an answer is waited for. */
const questions = 3;
const answerWait = 300;

/** Who gets the messages of a whole table. */
export interface Taker {
  take(message: Uint8Array): void;
  /** Entries that it has still to do with: from {@link mostAhead} on no more is read. */
  readonly queued: number;
}
const mostAhead = 20_000;

/**
 * Gets the whole table of a master, if there is one that gives it, for `taker`.
 * @returns "none" where nobody answers (the kernel's IPVS doesn't), "broken" where it ended before it was whole
 */
export async function fetchWholeTable(
  settings: SyncSettings,
  taker: Taker,
): Promise<"whole" | "none" | "broken"> {
  const socket = await openSender(settings);
  try {
    for (let i = 0; i < questions; i++) {
      const where = await ask(socket, settings);
      if (where) return (await takeAll(where, settings, taker)) ? "whole" : "broken";
    }
    return "none";
  } finally {
    socket.close();
  }
}

function ask(socket: Socket, settings: SyncSettings): Promise<{ host: string; port: number } | undefined> {
  const nonce = randomInt(2 ** 32);
  const { syncId, group, port } = settings;
  return new Promise((resolve) => {
    const over = (found?: { host: string; port: number }) => {
      clearTimeout(timer);
      socket.off("message", hear);
      resolve(found);
    };
    const hear = (bytes: Uint8Array, { address }: { address: string }) => {
      const { extension, fault } = readSyncMessage(bytes, syncId);
      if (fault === undefined && extension?.kind === "here" && extension.nonce === nonce)
        over({ host: address, port: extension.port });
    };
    const timer = setTimeout(over, answerWait);
    socket.on("message", hear);
    const question = writeExtension(syncId, { kind: "wanted", port: 0, nonce });
    socket.send(question, port, scoped(group.toString(), settings), () => {});
  });
}

function takeAll(
  { host, port }: { host: string; port: number },
  settings: SyncSettings,
  taker: Taker,
): Promise<boolean> {
  return new Promise((resolve) => {
    const localAddress = scoped(settings.interfaceAddress.toString(), settings);
    const socket = connect({ host: scoped(host, settings), port, localAddress });
    let held: Buffer = Buffer.alloc(0);
    socket.setTimeout(silence, () => socket.destroy());
    socket.on("error", () => socket.destroy());
    socket.on("data", (bytes: Buffer) => {
      held = held.length === 0 ? bytes : Buffer.concat([held, bytes]);
      let at = 0;
      while (held.length - at >= 4) {
        const size = held.readUInt16BE(at + 2);
        if (size < 8) {
          socket.destroy();
          return;
        }
        if (held.length - at < size) break;
        taker.take(held.subarray(at, at + size));
        at += size;
      }
      held = Buffer.from(held.subarray(at));
      if (taker.queued > mostAhead) waitFor(taker, socket);
    });
    let ended = false;
    socket.on("end", () => {
      ended = held.length === 0;
    });
    socket.on("close", () => resolve(ended));
  });
}

/** Reads on when there is room again. */
function waitFor(taker: Taker, socket: TcpSocket): void {
  socket.pause();
  const timer = setInterval(() => {
    if (!socket.destroyed && taker.queued > mostAhead / 2) return;
    clearInterval(timer);
    socket.resume();
  }, 5);
}
