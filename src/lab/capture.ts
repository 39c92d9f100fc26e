import {
  AF_PACKET,
  bind,
  close,
  MSG_DONTWAIT,
  packetAddress,
  ReadySet,
  receiveFrom,
  SO_RCVBUFFORCE,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SOL_SOCKET,
  setOption,
  socket,
} from "../sys/index.js";
import type { CapturedFrame } from "./hops.js";
import type { Host } from "./host.js";

/** Of include/uapi/linux/if_ether.h and if_packet.h. */
const ETH_P_ALL = 0x0003;
const PACKET_OUTGOING = 4;
/** sockaddr_ll: the interface's index at 4, the packet's type at 10. */
const interfaceAt = 4;
const packetTypeAt = 10;

/** A frame that GRO has put together has at most 64 kB and its headers. */
const largestFrame = 65536 + 64;
const queueBytes = 8 * 1024 * 1024;
/** So that a capture never eats the memory. */
const mostFrames = 100_000;

/**
 * Records what passes the switch's ports, in both directions. On the switch, because nothing on the director sees what
 * XDP forwards.
 *
 * One socket hears all ports, so that the order of the frames is that in which the kernel handled them.
 */
export class Capture {
  readonly #fd: number;
  readonly #ready = new ReadySet();
  readonly #ports: ReadonlyMap<number, string>;
  readonly #frames: CapturedFrame[] = [];
  readonly #buffer = Buffer.alloc(largestFrame);
  readonly #sender = Buffer.alloc(128);

  private constructor(fd: number, ports: ReadonlyMap<number, string>) {
    this.#fd = fd;
    this.#ports = ports;
    this.#ready.add(fd, () => this.#drain());
    this.#ready.unref();
  }

  /** Starts to record the named ports. */
  static start(theSwitch: Host, ports: readonly string[]): Capture {
    const network = theSwitch.network();
    try {
      const indexes = new Map(ports.map((port) => [network.links.get(port).index, port]));
      const fd = theSwitch.within(() => socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK));
      try {
        setOption(fd, SOL_SOCKET, SO_RCVBUFFORCE, queueBytes);
        bind(fd, packetAddress(ETH_P_ALL, 0));
        return new Capture(fd, indexes);
      } catch (error) {
        close(fd);
        throw error;
      }
    } finally {
      network.close();
    }
  }

  /** Ends the recording and gives what was recorded. */
  stop(): CapturedFrame[] {
    this.#drain();
    this.#ready.remove(this.#fd);
    this.#ready.close();
    close(this.#fd);
    return this.#frames;
  }

  #drain(): void {
    for (;;) {
      const received = receiveFrom(this.#fd, this.#buffer, this.#sender, MSG_DONTWAIT);
      if (!received) return;
      const port = this.#ports.get(this.#sender.readInt32LE(interfaceAt));
      if (port === undefined || this.#frames.length >= mostFrames) continue;
      this.#frames.push({
        at: Math.round((performance.timeOrigin + performance.now()) * 1000),
        port,
        direction: this.#sender.readUInt8(packetTypeAt) === PACKET_OUTGOING ? "out" : "in",
        bytes: Uint8Array.from(this.#buffer.subarray(0, received.length)),
      });
    }
  }
}
