import { close } from "./descriptor.js";
import { AF_UNIX, unixAddress } from "./sockaddr.js";
import { MSG_DONTWAIT, SOCK_DGRAM, SOCK_NONBLOCK, sendTo, socket } from "./socket.js";

const MSG_NOSIGNAL = 0x4000;

/**
 * Sends messages to a Unix datagram socket (syslog's /dev/log, systemd's $NOTIFY_SOCKET), which Node has no means for. Never waits.
 */
export class UnixDatagrams {
  readonly #fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK);
  readonly #address: Buffer;

  /** @param path a path, or an abstract name behind "@" */
  constructor(path: string) {
    this.#address = unixAddress(path);
  }

  /** False if nobody takes it: there is no such socket, nobody has it open, or its queue is full. */
  send(text: string): boolean {
    try {
      return sendTo(this.#fd, Buffer.from(text), this.#address, MSG_NOSIGNAL | MSG_DONTWAIT) !== undefined;
    } catch {
      return false;
    }
  }

  close(): void {
    close(this.#fd);
  }
}
