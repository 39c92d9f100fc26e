import { RondoError } from "../../errors.js";
import {
  AF_NETLINK,
  bind,
  close,
  MSG_DONTWAIT,
  netlinkAddress,
  openNamespace,
  type ReadySet,
  receive,
  SO_RCVBUFFORCE,
  SOCK_NONBLOCK,
  SOCK_RAW,
  SOL_SOCKET,
  SystemError,
  sendTo,
  setOption,
  socket,
  withNetworkNamespace,
} from "../../sys/index.js";

/*
 * The process connector (Documentation/driver-api/connector.rst; include/uapi/linux/connector.h, cn_proc.h): a netlink
 * message of type 3 (DONE) that carries struct cn_msg, and in it struct proc_event.
 *
 *   0          16       20      24       28       32       34      36
 *   | nlmsghdr | idx: 1 | val: 1 | sequence | ack | length | flags | data ...
 *
 *   data of a request: u32 PROC_CN_MCAST_LISTEN = 1
 *   data of an event:  0      4     8           16     20     24     28
 *                      | what | cpu | timestamp | pid  | tgid | child pid | child tgid (of a fork)
 */
const NETLINK_CONNECTOR = 11;
const CN_IDX_PROC = 1;
const eventAt = 36;
const What = { none: 0, fork: 0x1, exec: 0x2, comm: 0x200, exit: 0x80000000 } as const;
const receiveBuffer = 1 << 20;
const datagramsPerTurn = 256;

/** What one is told of processes; threads are left away. */
export interface ProcessCallbacks {
  forked(parent: number, child: number): void;
  /** It has become another program, or has given itself another name. */
  renamed(pid: number): void;
  exited(pid: number): void;
  /** Events were lost: look at all processes anew. */
  resync(): void;
}

/**
 * Tells of processes of the whole machine as they come and go. The kernel has it in its first network namespace alone:
 * the socket is opened where the thread is, else where process 1 is.
 * @returns undefined where it can't be had (no CONFIG_PROC_EVENTS, no CAP_NET_ADMIN there, a container)
 */
export function watchProcesses(callbacks: ProcessCallbacks, ready: ReadySet): { close(): void } | undefined {
  let fd: number;
  try {
    fd = listenSomewhere();
  } catch {
    return undefined;
  }
  const buffer = Buffer.alloc(4096);
  let open = true;
  ready.add(fd, () => {
    for (let count = 0; open && count < datagramsPerTurn; count++) {
      try {
        const length = receive(fd, buffer, MSG_DONTWAIT);
        if (length === undefined) return;
        tell(buffer.subarray(0, length), callbacks);
      } catch (error) {
        if (SystemError.is(error, "EINTR")) continue;
        if (!SystemError.is(error, "ENOBUFS")) throw error;
        callbacks.resync();
      }
    }
  });
  return {
    close() {
      if (!open) return;
      open = false;
      ready.remove(fd);
      close(fd);
    },
  };
}

function listen(): number {
  const fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK, NETLINK_CONNECTOR);
  try {
    setOption(fd, SOL_SOCKET, SO_RCVBUFFORCE, receiveBuffer);
    bind(fd, netlinkAddress(0, CN_IDX_PROC));
    const request = Buffer.alloc(eventAt + 4);
    request.writeUInt32LE(request.length, 0);
    request.writeUInt16LE(3, 4);
    request.writeUInt32LE(CN_IDX_PROC, 16);
    request.writeUInt32LE(1, 20);
    request.writeUInt16LE(4, 32);
    request.writeUInt32LE(1, eventAt);
    sendTo(fd, request, netlinkAddress());
    if (!isAnswered(fd))
      throw new RondoError("no-process-events", "the kernel tells nothing of processes here");
    return fd;
  } catch (error) {
    close(fd);
    throw error;
  }
}

function listenSomewhere(): number {
  try {
    return listen();
  } catch {
    const first = openNamespace("/proc/1/ns/net");
    try {
      return withNetworkNamespace(first, listen);
    } finally {
      close(first);
    }
  }
}

/** The kernel answers a listener before sendto returns, with an event "none"; one in a PID namespace gets no answer, and no events. */
function isAnswered(fd: number): boolean {
  const buffer = Buffer.alloc(4096);
  for (let count = 0; count < datagramsPerTurn; count++) {
    const length = receive(fd, buffer, MSG_DONTWAIT);
    if (length === undefined) return false;
    if (length >= eventAt + 4 && buffer.readUInt32LE(eventAt) === What.none) return true;
  }
  return false;
}

function tell(message: Buffer, callbacks: ProcessCallbacks): void {
  if (message.length < eventAt + 24 || message.readUInt32LE(16) !== CN_IDX_PROC) return;
  const what = message.readUInt32LE(eventAt);
  const pid = message.readInt32LE(eventAt + 16);
  const group = message.readInt32LE(eventAt + 20);
  if (what === What.fork && message.length >= eventAt + 32) {
    const child = message.readInt32LE(eventAt + 24);
    if (child === message.readInt32LE(eventAt + 28)) callbacks.forked(group, child);
  } else if (pid !== group) return;
  else if (what === What.exec || what === What.comm) callbacks.renamed(pid);
  else if (what === What.exit) callbacks.exited(pid);
}
