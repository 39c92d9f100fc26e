import type { ForwardingMethod, ServiceId } from "../../ipvs/model.js";
import type { ReadySet } from "../../sys/index.js";
import type { IpAddress } from "../../wire/address.js";
import { Captured, CaptureHead, Course, Fate, mostCaptured, noServer } from "./capture-record.js";
import { type EventName, eventNames } from "./layout.js";
import { captured } from "./recorder.js";
import { Recording } from "./recording.js";
import { addressIn, methodNamed, serviceIdOf } from "./records.js";
import type { DirectorState } from "./state.js";

/** A packet that the director decided about. */
export interface CapturedPacket {
  /** When it came: nanoseconds since 1970. */
  readonly at: bigint;
  /** The index of the device that it came in by. */
  readonly device: number;
  /** A client's, a server's behind NAT, or an ICMP packet that tells of one of those. */
  readonly course: keyof typeof Course;
  readonly fate: keyof typeof Fate;
  /** What was counted about it, if anything was: why it was dropped, answered or passed. */
  readonly reason?: EventName;
  readonly server?: CapturedServer;
  readonly came: CapturedFrame;
  /** As it left, if it did. */
  readonly left?: CapturedFrame;
}

export interface CapturedFrame {
  /** Bytes of the frame; recorded may be fewer. */
  readonly length: number;
  readonly bytes: Uint8Array;
}

/** The server that a packet was sent to or came from, as it is configured now. */
export interface CapturedServer {
  readonly address: IpAddress;
  readonly port: number;
  readonly method: ForwardingMethod;
  readonly service: ServiceId;
  /** The index of the device that it is reached by. */
  readonly device: number;
}

interface CaptureOptions {
  /** Bytes of a packet that are recorded, at most {@link mostCaptured}. */
  readonly length: number;
  readonly onPacket: (packet: CapturedPacket) => void;
  /** Somebody has reset the director: nothing more will come. */
  readonly onGone: () => void;
}

/**
 * Records the packets that the director of the caller's network namespace decides about, until {@link stop}. One process at a
 * time. If it is killed, the packet program ceases by itself after some seconds.
 */
export class Capture {
  readonly #state: DirectorState;
  readonly #recording: Recording;
  readonly #lostBefore: bigint;

  /** @throws RondoError "capture-running", "no-bpf" */
  constructor(state: DirectorState, ready: ReadySet, { length, onPacket, onGone }: CaptureOptions) {
    this.#state = state;
    this.#recording = new Recording(state, ready, {
      what: "a capture",
      onRecord: (record, offset) => onPacket(packetIn(state, record, offset)),
      onGone,
    });
    let lost = 0n;
    this.#recording.begin({
      before: () => {
        lost = forgetPending(state);
        state.settings.captureLength = Math.min(length, mostCaptured);
      },
    });
    this.#lostBefore = lost;
  }

  /**
   * Ends it; what was recorded before still comes. Tells how many packets there was no room for, and how often the packet
   * program thought that this process was dead.
   */
  stop(): { lost: number; paused: number } {
    const paused = this.#recording.stop();
    return { lost: Number(lostIn(this.#state) - this.#lostBefore), paused };
  }
}

const perCpu = (state: DirectorState): Uint8Array[] => state.maps[captured.name]!.perCpuRange(0, 1)[0] ?? [];
const lostIn = (state: DirectorState): bigint =>
  perCpu(state).reduce((sum, bytes) => sum + Captured.over(bytes).lost, 0n);

/** A packet that was kept when the last capture ended was never told of: it must not be told of in this one. */
function forgetPending(state: DirectorState): bigint {
  const map = state.maps[captured.name]!;
  const values = perCpu(state);
  if (values.some((bytes) => Captured.over(bytes).pending !== 0)) {
    for (const bytes of values) Captured.over(bytes).pending = 0;
    map.updatePerCpu(Buffer.alloc(4), values);
  }
  return lostIn(state);
}

function packetIn(state: DirectorState, record: Buffer, offset: bigint): CapturedPacket {
  const head = CaptureHead.over(record);
  const { present, leftPresent, leftLength } = head;
  const left = CaptureHead.size + present;
  return {
    ...decisionIn(state, head, offset),
    came: { length: head.length, bytes: Uint8Array.from(record.subarray(CaptureHead.size, left)) },
    ...(leftLength > 0 && {
      left: { length: leftLength, bytes: Uint8Array.from(record.subarray(left, left + leftPresent)) },
    }),
  };
}

/** What a record's head tells of a packet but for its frames. */
export function decisionIn(
  state: DirectorState,
  head: ReturnType<typeof CaptureHead.over>,
  offset: bigint,
): Omit<CapturedPacket, "came" | "left"> {
  const reason = eventNames[head.reason - 1];
  const server = serverAt(state, head.server);
  return {
    at: head.at + offset,
    device: head.device,
    course: nameOf(Course, head.course),
    fate: nameOf(Fate, head.fate),
    ...(reason && { reason }),
    ...(server && { server }),
  };
}

const nameOf = <N extends string>(names: Readonly<Record<N, number>>, number: number): N =>
  (Object.keys(names) as N[]).find((name) => names[name] === number)!;

export function serverAt(state: DirectorState, index: number): CapturedServer | undefined {
  if (index === noServer || index >= state.servers.count) return undefined;
  const server = state.servers.at(index);
  return {
    address: addressIn(server.address, server.family),
    port: server.port,
    method: methodNamed(server.method),
    service: serviceIdOf({
      address: server.serviceAddress,
      port: server.servicePort,
      protocol: server.serviceProtocol,
      family: server.serviceFamily,
    }),
    device: server.device,
  };
}
