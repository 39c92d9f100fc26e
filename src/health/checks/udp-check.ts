import { SOCK_DGRAM, setOption } from "../../sys/index.js";
import { type Answer, failed, passed, type Trouble, unknown } from "./answer.js";
import { exchange } from "./datagram.js";
import { filler } from "./filler.js";
import type { AskWorld, CheckOf, Question } from "./question.js";

type UdpCheck = CheckOf<"UDP_CHECK">;

// include/uapi/linux/in.h, in6.h: errors of ICMP come to the socket, also those that the kernel calls soft.
const IPPROTO_IP = 0;
const IP_RECVERR = 11;
const IPPROTO_IPV6 = 41;
const IPV6_RECVERR = 25;

/** UDP_CHECK: ill is whom ICMP calls unreachable. Silence is good, unless an answer is required. */
export const askUdp = (
  { check }: Question<UdpCheck>,
  world: AskWorld,
  signal: AbortSignal,
): Promise<Answer> =>
  exchange(
    {
      connection: check,
      type: SOCK_DGRAM,
      timeout: check.timing.connectTimeout,
      payload: check.payload ?? filler(32),
      prepare: receiveErrors(check.connect.address.family),
      heard: (bytes) => judgeReply(check, bytes),
      trouble: (trouble) => words(trouble, check.requireReply),
    },
    world,
    signal,
  );

export const receiveErrors = (family: 4 | 6) => (fd: number) =>
  family === 6 ? setOption(fd, IPPROTO_IPV6, IPV6_RECVERR, 1) : setOption(fd, IPPROTO_IP, IP_RECVERR, 1);

/** The real one looks at a reply's length and bytes only if it is told bytes; at as many as both have. */
export function judgeReply(check: UdpCheck, bytes: Uint8Array): Answer {
  if (!check.requireReply || !check.reply) return passed("reply");
  const { bytes: wanted, mask } = check.reply;
  if (bytes.length < check.minimumReply || bytes.length > check.maximumReply) return failed("mismatch");
  const length = Math.min(bytes.length, wanted.length);
  for (let i = 0; i < length; i++)
    if ((bytes[i]! ^ wanted[i]!) & ~(mask[i] ?? 0) & 255) return failed("mismatch");
  return passed("reply");
}

function words({ at, kind, code }: Trouble, replyRequired: boolean): Answer {
  if (kind === "stopped") return unknown("stopped");
  if (kind === "own") return unknown(code);
  if (kind === "timeout" && at === "talk" && !replyRequired) return passed("nobody objects");
  return failed("failed");
}
