import { SystemError } from "./errno.js";
import { lastErrno, libc } from "./libc.js";
import { addressOf } from "./memory.js";
import { SOL_SOCKET, setOption } from "./socket.js";

const SCM_RIGHTS = 1;
const SO_RCVTIMEO = 20;
const MSG_WAITALL = 0x100;
const MSG_NOSIGNAL = 0x4000;
const MSG_CMSG_CLOEXEC = 0x40000000;
const F_GETFL = 3;
const F_SETFL = 4;
const O_NONBLOCK = 0o4000;
const most = 253; // SCM_MAX_FD

/*
 * Bytes with descriptors beside them over a connected Unix stream socket: struct msghdr and cmsghdr as socket-message.ts draws them,
 * without a name. One control message of SCM_RIGHTS has the descriptors, 32 bits each.
 */
const align = (length: number) => (length + 7) & ~7;

/** Sends bytes and descriptors (at most 253) in one message; waits where the socket is a blocking one. */
export function sendDescriptors(fd: number, bytes: Uint8Array, descriptors: readonly number[]): void {
  const data = Buffer.from(bytes);
  const control = Buffer.alloc(align(16 + 4 * descriptors.length));
  control.writeBigUInt64LE(BigInt(16 + 4 * descriptors.length), 0);
  control.writeInt32LE(SOL_SOCKET, 8);
  control.writeInt32LE(SCM_RIGHTS, 12);
  for (const [at, descriptor] of descriptors.entries()) control.writeInt32LE(descriptor, 16 + 4 * at);
  const { head, alive } = message(data, descriptors.length > 0 ? control : Buffer.alloc(0));
  const sent = libc.sendmsg(fd, head, MSG_NOSIGNAL);
  if (sent < 0) throw new SystemError("sendmsg", lastErrno());
  if (sent !== data.length) throw new Error(`sendmsg: only ${sent} of ${data.length} bytes were taken`);
  alive.length = 0;
}

/** Receives what is there, at most `size` bytes; of `all` so many exactly. The descriptors are close-on-exec. */
export function receiveDescriptors(
  fd: number,
  size: number,
  { all = false } = {},
): { readonly bytes: Buffer; readonly descriptors: readonly number[] } {
  const data = Buffer.alloc(size);
  const control = Buffer.alloc(align(16 + 4 * most));
  const { head, alive } = message(data, control);
  const length = libc.recvmsg(fd, head, MSG_CMSG_CLOEXEC | (all ? MSG_WAITALL : 0));
  if (length < 0) throw new SystemError("recvmsg", lastErrno());
  alive.length = 0;
  const end = Number(head.readBigUInt64LE(40));
  const descriptors: number[] = [];
  for (let at = 0; at + 16 <= end; ) {
    const count = Number(control.readBigUInt64LE(at));
    if (count < 16 || at + count > end) break;
    if (control.readInt32LE(at + 8) === SOL_SOCKET && control.readInt32LE(at + 12) === SCM_RIGHTS)
      for (let each = at + 16; each + 4 <= at + count; each += 4) descriptors.push(control.readInt32LE(each));
    at += align(count);
  }
  return { bytes: data.subarray(0, length), descriptors };
}

/** Has calls of a socket wait, for receiving at most so long. Gives what undoes the first. */
export function makeBlocking(fd: number, receiveTimeoutMs: number): () => void {
  const before = libc.fcntl(fd, F_GETFL, 0);
  if (before < 0) throw new SystemError("fcntl(F_GETFL)", lastErrno());
  libc.fcntl(fd, F_SETFL, before & ~O_NONBLOCK);
  const time = Buffer.alloc(16); // struct timeval
  time.writeBigInt64LE(BigInt(Math.floor(receiveTimeoutMs / 1000)), 0);
  time.writeBigInt64LE(BigInt((receiveTimeoutMs % 1000) * 1000), 8);
  setOption(fd, SOL_SOCKET, SO_RCVTIMEO, time);
  return () => void libc.fcntl(fd, F_SETFL, before);
}

/** A struct msghdr; what it points to lives as long as `alive` holds it. */
function message(data: Buffer, control: Buffer): { head: Buffer; alive: unknown[] } {
  const vector = Buffer.alloc(16);
  vector.writeBigUInt64LE(addressOf(data), 0);
  vector.writeBigUInt64LE(BigInt(data.length), 8);
  const head = Buffer.alloc(56);
  head.writeBigUInt64LE(addressOf(vector), 16);
  head.writeBigUInt64LE(1n, 24);
  if (control.length > 0) head.writeBigUInt64LE(addressOf(control), 32);
  head.writeBigUInt64LE(BigInt(control.length), 40);
  return { head, alive: [data, control, vector] };
}
