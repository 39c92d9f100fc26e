import { RondoError } from "../errors.js";
import {
  AF_NETLINK,
  bind,
  close,
  Errno,
  MSG_PEEK,
  MSG_TRUNC,
  netlinkAddress,
  receive,
  SOCK_CLOEXEC,
  SOCK_RAW,
  SOL_SOCKET,
  SystemError,
  sendTo,
  setOption,
  socket,
} from "../sys/index.js";
import {
  type Acknowledgement,
  buildMessage,
  ControlType,
  type Message,
  MessageFlag,
  parseAcknowledgement,
  parseMessages,
} from "./message.js";
import { NetlinkError } from "./netlink-error.js";

/** Netlink families: include/uapi/linux/netlink.h. */
export const NetlinkProtocol = { route: 0, generic: 16 } as const;

const SOL_NETLINK = 270;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const NETLINK_GET_STRICT_CHK = 12;
const SO_RCVTIMEO = 20;

const defaultTimeout = 5_000;
const dumpAttempts = 8;
/** The acknowledgements of one batch must fit into the socket's receive buffer, its messages into a datagram. */
const batchMessages = 64;
const batchBytes = 32_768;

/** A request: what it wants in words ("add link veth0", for errors), the message's type, further flags, and its body. */
export interface Request {
  readonly operation: string;
  readonly type: number;
  readonly flags?: number;
  readonly body: Uint8Array;
}

/**
 * A netlink socket that asks and waits for the answer, blocking: the kernel answers before `sendto` returns, in tens
 * of microseconds.
 *
 * It belongs for ever to the network namespace of the thread that opened it, whatever namespace calls come from.
 */
export class NetlinkSocket {
  readonly #fd: number;
  readonly #timeout: number;
  #buffer = new Uint8Array(32_768);
  #sequence = 0;
  #open = true;

  /**
   * @param protocol one of {@link NetlinkProtocol}
   * @param options.timeout how long to wait for an answer, in milliseconds: 5000 if not given
   * @throws SystemError
   */
  constructor(protocol: number, options: { timeout?: number } = {}) {
    this.#timeout = options.timeout ?? defaultTimeout;
    this.#fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
    try {
      setOption(this.#fd, SOL_SOCKET, SO_RCVTIMEO, timeval(this.#timeout));
      setOption(this.#fd, SOL_NETLINK, NETLINK_CAP_ACK, 1);
      setOption(this.#fd, SOL_NETLINK, NETLINK_EXT_ACK, 1);
      // Lists are filtered by the kernel, and a request that it does not understand is refused, not half obeyed.
      setOption(this.#fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1);
      bind(this.#fd, netlinkAddress());
    } catch (error) {
      close(this.#fd);
      throw error;
    }
  }

  /**
   * Sends a request and waits for its acknowledgement.
   * @returns the messages that came before it: empty for a change, the object for a question.
   * @throws {NetlinkError}
   */
  request(request: Request): Message[] {
    const sequence = this.#send([request], MessageFlag.acknowledge);
    const replies: Message[] = [];
    for (;;)
      for (const message of this.#receive(request.operation)) {
        if (message.sequence !== sequence) continue;
        if (message.type !== ControlType.error) {
          replies.push(message);
          continue;
        }
        throwRefusal(request, parseAcknowledgement(message));
        return replies;
      }
  }

  /**
   * Sends several requests with few system calls. The kernel goes through all of them in order, also after a refusal.
   * @returns for each request the refusal, or undefined if it was done.
   */
  batch(requests: readonly Request[]): (NetlinkError | undefined)[] {
    const outcomes: (NetlinkError | undefined)[] = [];
    for (let start = 0; start < requests.length; ) {
      let end = start;
      for (let bytes = 0; end < requests.length && end - start < batchMessages; end++) {
        bytes += requests[end]!.body.length + 16;
        if (bytes > batchBytes && end > start) break;
      }
      outcomes.push(...this.#transact(requests.slice(start, end)));
      start = end;
    }
    return outcomes;
  }

  /**
   * Asks for a list. A list that changed while the kernel wrote it is asked for again.
   * @throws {NetlinkError}
   */
  list(request: Request): Message[] {
    for (let attempt = 0; attempt < dumpAttempts; attempt++) {
      const list = this.#listOnce(request);
      if (list) return list;
    }
    throw new RondoError(
      "netlink-list-changes",
      `${request.operation}: the list changed ${dumpAttempts} times while it was read`,
      { remedy: "Try again when fewer things change at once." },
    );
  }

  /** A second call does nothing. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    close(this.#fd);
  }

  #transact(requests: readonly Request[]): (NetlinkError | undefined)[] {
    const first = this.#send(requests, MessageFlag.acknowledge);
    const outcomes = new Map<number, NetlinkError | undefined>();
    while (outcomes.size < requests.length)
      for (const message of this.#receive(requests[outcomes.size]!.operation)) {
        const index = (message.sequence - first) >>> 0;
        const request = requests[index];
        if (message.type !== ControlType.error || !request) continue;
        outcomes.set(index, refusal(request, parseAcknowledgement(message)));
      }
    return requests.map((_, index) => outcomes.get(index));
  }

  /** undefined: the list is inconsistent. It is read to its end even so, or the next one would be refused. */
  #listOnce(request: Request): Message[] | undefined {
    const sequence = this.#send([request], MessageFlag.dump);
    const list: Message[] = [];
    let interrupted = false;
    for (;;)
      for (const message of this.#receive(request.operation)) {
        if (message.sequence !== sequence) continue;
        if (message.flags & MessageFlag.dumpInterrupted) interrupted = true;
        if (message.type === ControlType.error) {
          throwRefusal(request, parseAcknowledgement(message));
          return list; // A request that turned out to be no list, and was acknowledged.
        }
        if (message.type === ControlType.done) {
          throwRefusal(request, parseAcknowledgement(message));
          return interrupted ? undefined : list;
        }
        list.push(message);
      }
  }

  /** Sends the requests as one datagram; gives the sequence number of the first, the others follow it. */
  #send(requests: readonly Request[], flags: number): number {
    if (!this.#open) throw new RondoError("netlink-closed", "this netlink socket is closed");
    const first = (this.#sequence + 1) >>> 0;
    const messages = requests.map((request) => {
      this.#sequence = (this.#sequence + 1) >>> 0;
      return buildMessage({
        type: request.type,
        flags: MessageFlag.request | flags | (request.flags ?? 0),
        sequence: this.#sequence,
        body: request.body,
      });
    });
    sendTo(this.#fd, Buffer.concat(messages), netlinkAddress());
    return first;
  }

  /** The messages of the next datagram, of any request: those of one that timed out may still come. */
  #receive(operation: string): Message[] {
    const length = this.#receiveDatagram(operation, MSG_PEEK | MSG_TRUNC);
    if (length > this.#buffer.length) this.#buffer = new Uint8Array(2 ** Math.ceil(Math.log2(length)));
    const received = this.#receiveDatagram(operation, 0);
    const messages = parseMessages(this.#buffer.slice(0, received));
    if (messages.some((message) => message.type === ControlType.overrun))
      throw new NetlinkError(operation, Errno["ENOBUFS"]!);
    return messages.filter((message) => message.type !== ControlType.noop);
  }

  #receiveDatagram(operation: string, flags: number): number {
    for (;;)
      try {
        const length = receive(this.#fd, this.#buffer, flags);
        if (length !== undefined) return length;
        throw new RondoError(
          "netlink-timeout",
          `${operation}: no answer from the kernel in ${this.#timeout} ms`,
        );
      } catch (error) {
        // A socket with a time-out is not restarted after a signal.
        if (!SystemError.is(error, "EINTR")) throw error;
      }
  }
}

function refusal(request: Request, { errno, kernelMessage }: Acknowledgement): NetlinkError | undefined {
  return errno === 0 ? undefined : new NetlinkError(request.operation, errno, kernelMessage);
}

function throwRefusal(request: Request, acknowledgement: Acknowledgement): void {
  const error = refusal(request, acknowledgement);
  if (error) throw error;
}

/** struct timeval of a 64-bit kernel: seconds and microseconds, 8 bytes each. */
function timeval(milliseconds: number): Uint8Array {
  const seconds = Math.floor(milliseconds / 1000);
  return new Uint8Array(
    BigInt64Array.of(BigInt(seconds), BigInt(Math.round((milliseconds - seconds * 1000) * 1000))).buffer,
  );
}
