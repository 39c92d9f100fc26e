import { setTimeout as sleep } from "node:timers/promises";
import {
  AF_INET,
  close,
  inetAddress,
  receiveFrom,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SystemError,
  sendTo,
  socket,
} from "../../sys/index.js";
import { checksum, IpAddress } from "../../wire/index.js";
import type { ClockFacts } from "../facts.js";

/*
 * ICMP timestamp and its reply (RFC 792); times are milliseconds since midnight UTC.
 *
 *   0        1        2                 4                 6                 8
 *   | 13, 14 |   0    |    checksum     |   identifier    |    sequence     |
 *   | originate (4)   | receive (4)     | transmit (4)    |
 */
const IPPROTO_ICMP = 1;
const timestamp = 13;
const timestampReply = 14;
const size = 20;
/** Milliseconds of a day. */
const day = 86_400_000;
const pause = 10;

/**
 * Asks hosts for their clocks by ICMP, which Linux answers; many firewalls don't let it pass, and then nothing is told.
 * Needs root (CAP_NET_RAW).
 */
export async function askClocks(addresses: readonly string[], patience: number): Promise<ClockFacts[]> {
  const asked = addresses.filter((address) => IpAddress.of(address).family === 4);
  if (asked.length === 0) return [];
  const fd = socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK, IPPROTO_ICMP);
  try {
    const identifier = process.pid & 0xffff;
    for (const [sequence, address] of asked.entries()) {
      try {
        sendTo(fd, question(identifier, sequence), inetAddress(IpAddress.of(address).bytes, 0));
      } catch (error) {
        if (!(error instanceof SystemError)) throw error; // No way to it: others tell that.
      }
    }
    const heard = new Map<string, number>();
    for (const end = performance.now() + patience; ; ) {
      hear(fd, identifier, asked, heard);
      if (heard.size === asked.length || performance.now() >= end) break;
      await sleep(pause);
    }
    return [...heard].map(([address, milliseconds]) => ({ address, milliseconds }));
  } finally {
    close(fd);
  }
}

function question(identifier: number, sequence: number): Buffer {
  const bytes = Buffer.alloc(size);
  bytes[0] = timestamp;
  bytes.writeUInt16BE(identifier, 4);
  bytes.writeUInt16BE(sequence & 0xffff, 6);
  bytes.writeUInt32BE(Date.now() % day, 8);
  bytes.writeUInt16BE(checksum(bytes), 2);
  return bytes;
}

function hear(fd: number, identifier: number, asked: readonly string[], heard: Map<string, number>): void {
  const packet = Buffer.alloc(256);
  const sender = Buffer.alloc(128);
  for (let got = receiveFrom(fd, packet, sender); got; got = receiveFrom(fd, packet, sender)) {
    const answer = packet.subarray((packet[0]! & 15) * 4, got.length);
    const difference = clockDifference(answer, identifier, Date.now());
    const address = difference && asked[difference.sequence];
    if (difference && address !== undefined) heard.set(address, difference.milliseconds);
  }
}

/** How far the sender of an answer is ahead: its clock, less the middle between asking and hearing. */
export function clockDifference(
  answer: Buffer,
  identifier: number,
  now: number,
): { sequence: number; milliseconds: number } | undefined {
  if (answer.length < size || answer[0] !== timestampReply || answer.readUInt16BE(4) !== identifier)
    return undefined;
  const theirs = answer.readUInt32BE(12);
  if (theirs >= day) return undefined; // The highest bit says that it is no time since midnight.
  const began = answer.readUInt32BE(8);
  const middle = began + around((now % day) - began) / 2;
  return { sequence: answer.readUInt16BE(6), milliseconds: Math.round(around(theirs - middle)) };
}

/** A difference of two times of a day, from half a day before to half a day after. */
const around = (difference: number): number => ((((difference + day / 2) % day) + day) % day) - day / 2;
