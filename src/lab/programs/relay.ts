// Carries frames between a port of the switch and what stands in its place at the bridge, and holds each for a while:
// a long cable. Started by relay.ts in the switch's network.
import { readFileSync } from "node:fs";
import { openNetwork } from "../../netlink/index.js";
import {
  AF_PACKET,
  bind,
  packetAddress,
  ReadySet,
  receive,
  replaceFile,
  SO_RCVBUFFORCE,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SOL_SOCKET,
  SystemError,
  sendTo,
  setOption,
  socket,
} from "../../sys/index.js";
import { DelayLine } from "../faults/delay-line.js";
import type { RelayConfig, RelaySettings } from "../faults/relay.js";

/** Of include/uapi/linux/if_ether.h, if_packet.h and asm-generic/socket.h. */
const ETH_P_ALL = 0x0003;
const SOL_PACKET = 263;
const PACKET_IGNORE_OUTGOING = 23;
const SO_SNDBUFFORCE = 32;

/** Frames that one direction holds at most; 16 MB of full ones. */
const room = 10_000;
const queueBytes = 8 * 1024 * 1024;
/** Frames read before what is due is sent on. */
const batch = 256;
const MSG_TRUNC = 0x20;
const tellEvery = 500; // milliseconds

const config: RelayConfig = JSON.parse(process.argv[2] ?? "");
process.title = `rondo lab ${config.lab}: relay of ${config.port}`;

const read = (): RelaySettings => JSON.parse(readFileSync(config.settings, "utf8"));
let settings = read();
const ready = new ReadySet();
const buffer = Buffer.alloc(65536 + 64);
/** A cable that is pulled (ENETDOWN) or a queue that is full (ENOBUFS) loses frames; a device that is gone ends the relay. */
const lossy = ["ENETDOWN", "ENOBUFS", "EMSGSIZE", "ENXIO", "ENODEV"];
let refused = 0;

/** One direction: from a device to another, each frame after its time. */
class Direction {
  readonly line = new DelayLine(settings, room, Math.random);
  readonly #from: number;
  readonly #to: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(from: number, to: number) {
    this.#from = from;
    this.#to = to;
    ready.add(from, () => this.#read());
  }

  #read(): void {
    for (let i = 0; i < batch; i++) {
      let length: number | undefined;
      try {
        length = receive(this.#from, buffer, MSG_TRUNC);
      } catch (error) {
        if (!lossy.some((name) => SystemError.is(error, name))) throw error;
        endWithoutEnds();
        break;
      }
      if (length === undefined) break;
      if (!settings.waits) this.line.push(Buffer.from(buffer.subarray(0, length)), performance.now());
    }
    this.send();
  }

  /** Sends what is due, and sees to it that the rest is sent in time. */
  readonly send = (): void => {
    for (;;) {
      const frame = this.line.take(performance.now());
      if (!frame) break;
      try {
        if (sendTo(this.#to, frame) === undefined) refused++;
      } catch (error) {
        if (!lossy.some((name) => SystemError.is(error, name))) throw error;
        refused++;
      }
    }
    const { next } = this.line;
    clearTimeout(this.#timer);
    if (next !== undefined)
      this.#timer = setTimeout(this.send, Math.max(1, Math.ceil(next - performance.now())));
  };
}

const network = openNetwork();
function open(device: string): number {
  const fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK);
  setOption(fd, SOL_SOCKET, SO_RCVBUFFORCE, queueBytes);
  setOption(fd, SOL_SOCKET, SO_SNDBUFFORCE, queueBytes);
  setOption(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, 1);
  bind(fd, packetAddress(ETH_P_ALL, network.links.get(device).index));
  return fd;
}
const port = open(config.port);
const other = open(config.other);
/** A cable that is pulled comes back; a device that was removed does not. */
function endWithoutEnds(): void {
  for (const device of [config.port, config.other]) if (!network.links.find(device)) process.exit(0);
}
const directions = [new Direction(port, other), new Direction(other, port)];

process.on("SIGHUP", () => {
  settings = read();
  for (const { line } of directions) line.change(settings);
});

let told = 0;
setInterval(() => {
  const frames = directions.reduce((sum, { line }) => sum + line.left, 0);
  const dropped = directions.reduce((sum, { line }) => sum + line.overflowed, 0) + refused;
  if (frames + dropped === told) return;
  told = frames + dropped;
  try {
    replaceFile(config.counts, JSON.stringify({ frames: frames - refused, dropped }));
  } catch {
    process.exit(0); // The lab's folder is gone, and the lab with it.
  }
}, tellEvery);

process.stdout.write("ready\n");
