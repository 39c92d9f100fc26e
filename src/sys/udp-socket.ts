import { close } from "./descriptor.js";
import type { SystemError } from "./errno.js";
import { listeningSocket } from "./listening-socket.js";
import { ReadySet } from "./ready-set.js";
import { AF_INET6 } from "./sockaddr.js";
import { type ControlMessage, MessageRoom } from "./socket-message.js";

// include/uapi/linux/in.h, in6.h.
const IPPROTO_IP = 0;
const IP_PKTINFO = 8;
const IPPROTO_IPV6 = 41;
const IPV6_PKTINFO = 50;
/** A datagram's most bytes. */
const mostBytes = 65_535;
/** So many are read before the event loop has its turn again. */
const datagramsPerTurn = 64;

/** A datagram that came. */
export interface Datagram {
  readonly bytes: Buffer;
  /** The sender's sockaddr: an answer is sent to it. */
  readonly sender: Buffer;
  /** The address of ours that it was sent to, 4 or 16 bytes; answers come from there. undefined: the only one that the socket is bound to. */
  readonly local: Uint8Array | undefined;
}

export interface UdpHandler {
  onDatagram(datagram: Datagram): void;
  /** recvmsg(2) failed. */
  onError(error: SystemError): void;
}

/**
 * A bound UDP socket (`boundSocket` of datagrams makes one), whoever bound it, read from Node's event loop. One that is bound to all addresses answers from the address that was asked,
 * which node:dgram can't.
 */
export class UdpSocket {
  readonly #fd: number;
  readonly #handler: UdpHandler;
  readonly #six: boolean;
  readonly #room = new MessageRoom(mostBytes);
  readonly #ready = new ReadySet();
  #open = true;

  /** The descriptor becomes its own. */
  constructor(fd: number, handler: UdpHandler) {
    this.#fd = fd;
    this.#handler = handler;
    this.#six = listeningSocket(fd).family === AF_INET6;
    this.#ready.add(fd, () => this.#read());
  }

  /** Sends to a sockaddr, from an address of ours. False: the kernel's queue is full. @throws SystemError */
  send(bytes: Uint8Array, to: Uint8Array, from: Uint8Array | undefined): boolean {
    return (
      this.#room.send(this.#fd, bytes, to, from === undefined ? [] : [this.#sourceOf(from)]) !== undefined
    );
  }

  /** Reads no more; it can still send. */
  stopReading(): void {
    this.#ready.close();
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#ready.close();
    close(this.#fd);
  }

  #read(): void {
    for (let count = 0; count < datagramsPerTurn && this.#open; count++) {
      let message: ReturnType<MessageRoom["receive"]>;
      try {
        message = this.#room.receive(this.#fd);
      } catch (error) {
        this.#handler.onError(error as SystemError);
        return;
      }
      if (message === undefined) return;
      const { bytes, sender, control } = message;
      this.#handler.onDatagram({ bytes, sender, local: this.#localOf(control) });
    }
  }

  /** struct in_pktinfo: interface, address of ours, destination, 4 bytes each; in6_pktinfo: destination (16), interface (4). */
  #localOf(control: readonly ControlMessage[]): Uint8Array | undefined {
    for (const { level, type, data } of control) {
      if (level === IPPROTO_IP && type === IP_PKTINFO) return data.slice(4, 8);
      if (level === IPPROTO_IPV6 && type === IPV6_PKTINFO) return data.slice(0, 16);
    }
    return undefined;
  }

  #sourceOf(from: Uint8Array): ControlMessage {
    const data = new Uint8Array(this.#six ? 20 : 12);
    data.set(from, this.#six ? 0 : 4);
    return this.#six
      ? { level: IPPROTO_IPV6, type: IPV6_PKTINFO, data }
      : { level: IPPROTO_IP, type: IP_PKTINFO, data };
  }
}
