import { Attributes } from "./attributes.js";
import { hostIsLittleEndian, MalformedMessageError } from "./malformed.js";

/*
 * A message: struct nlmsghdr (include/uapi/linux/netlink.h), in host byte order. A datagram holds one or more.
 *
 *    0                   1                   2                   3
 *    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *   +---------------------------------------------------------------+
 *   |            length (these 16 bytes and the body)               |
 *   +-------------------------------+-------------------------------+
 *   |             type              |             flags             |
 *   +-------------------------------+-------------------------------+
 *   |                           sequence                            |
 *   +---------------------------------------------------------------+
 *   |                 port of the user's socket                     |
 *   +---------------------------------------------------------------+
 *   | body: a structure, then attributes     | zeros up to 4 bytes  |
 *   +---------------------------------------------------------------+
 */
const headerSize = 16;
const align = (length: number) => (length + 3) & ~3;

/** Types below 16 mean the same in every netlink family. */
export const ControlType = { noop: 1, error: 2, done: 3, overrun: 4 } as const;

export const MessageFlag = {
  request: 0x1,
  multi: 0x2,
  acknowledge: 0x4,
  dumpInterrupted: 0x10,
  /** Requests for lists: NLM_F_ROOT | NLM_F_MATCH. */
  dump: 0x300,
  /** Requests that make something. */
  replace: 0x100,
  exclusive: 0x200,
  create: 0x400,
  append: 0x800,
  /** Acknowledgements: the request was left out of the copy; attributes follow. */
  capped: 0x100,
  extended: 0x200,
} as const;

export interface Message {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly port: number;
  readonly body: Uint8Array;
}

export function buildMessage(message: Omit<Message, "port">): Uint8Array {
  const length = headerSize + message.body.length;
  const bytes = new Uint8Array(align(length));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, length, hostIsLittleEndian);
  view.setUint16(4, message.type, hostIsLittleEndian);
  view.setUint16(6, message.flags, hostIsLittleEndian);
  view.setUint32(8, message.sequence, hostIsLittleEndian);
  bytes.set(message.body, headerSize);
  return bytes;
}

/**
 * The messages of one datagram. Their bodies are views into it.
 * @throws {MalformedMessageError} when a length lies about what follows.
 */
export function parseMessages(datagram: Uint8Array): Message[] {
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  const messages: Message[] = [];
  for (let offset = 0; offset < datagram.length; ) {
    const left = datagram.length - offset;
    if (left < headerSize)
      throw new MalformedMessageError(`${left} bytes are left at ${offset}, too few for a message`);
    const length = view.getUint32(offset, hostIsLittleEndian);
    if (length < headerSize || length > left)
      throw new MalformedMessageError(
        `the message at ${offset} says its length is ${length}, where ${headerSize} to ${left} is possible`,
      );
    messages.push({
      type: view.getUint16(offset + 4, hostIsLittleEndian),
      flags: view.getUint16(offset + 6, hostIsLittleEndian),
      sequence: view.getUint32(offset + 8, hostIsLittleEndian),
      port: view.getUint32(offset + 12, hostIsLittleEndian),
      body: datagram.subarray(offset + headerSize, offset + length),
    });
    offset += align(length);
  }
  return messages;
}

/** What the kernel said of a request: errno 0 is its acknowledgement. */
export interface Acknowledgement {
  readonly errno: number;
  /** The sentence of the extended acknowledgement, where the kernel gave one. */
  readonly kernelMessage: string | undefined;
}

/*
 * The body of an error message: struct nlmsgerr. The copy of the request has a body unless "capped" is set or the
 * error is 0; the attributes (NLMSGERR_ATTR_*) are there if "extended" is set.
 *
 *   +----------------------+---------------------+------------------------+------------------+
 *   | -errno (32 bits)     | the request's header | the request's body ... | attributes ...   |
 *   +----------------------+---------------------+------------------------+------------------+
 *
 * "Done" ends a dump with -errno (32 bits) and, if "extended" is set, the same attributes.
 */
const AttributeMessage = 1;

/** Reads the body of an error or a done message. */
export function parseAcknowledgement(message: Message): Acknowledgement {
  const { body, flags, type } = message;
  const what = type === ControlType.done ? "the end of the list" : "the acknowledgement";
  // A done message may have no body at all: some generic families end their dumps so.
  if (type === ControlType.done && body.length === 0) return { errno: 0, kernelMessage: undefined };
  if (body.length < 4) throw new MalformedMessageError(`${what} has ${body.length} bytes`);
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const status = view.getInt32(0, hostIsLittleEndian);
  if (status > 0 || status < -4095)
    throw new MalformedMessageError(`${what} has ${status} where 0 or -errno is possible`);
  const errno = status === 0 ? 0 : -status;
  if (!(flags & MessageFlag.extended)) return { errno, kernelMessage: undefined };

  let attributesAt = 4;
  if (type === ControlType.error) {
    if (body.length < 4 + headerSize) throw new MalformedMessageError(`${what} has ${body.length} bytes`);
    const copied =
      flags & MessageFlag.capped || errno === 0 ? headerSize : view.getUint32(4, hostIsLittleEndian);
    if (copied < headerSize || 4 + copied > body.length)
      throw new MalformedMessageError(`${what} says that it copies ${copied} bytes of the request`);
    attributesAt = 4 + align(copied);
  }
  const attributes = Attributes.parse(body.subarray(Math.min(attributesAt, body.length)));
  return { errno, kernelMessage: attributes.text(AttributeMessage) };
}
