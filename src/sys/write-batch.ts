import { writeLatin1 } from "./latin1.js";
import { lastErrno, libc } from "./libc.js";
import { addressOf } from "./memory.js";

/** By architecture (arch/x86/entry/syscalls/syscall_64.tbl, asm-generic/unistd.h). */
const numbers: Readonly<Record<string, Calls>> = {
  x64: { setup: 206, events: 208, submit: 209 },
  arm64: { setup: 0, events: 4, submit: 2 },
};

interface Calls {
  readonly setup: number;
  readonly events: number;
  readonly submit: number;
}

const IOCB_CMD_PWRITE = 1;

/** struct iocb and struct io_event (include/uapi/linux/aio_abi.h) in 32-bit words of a little-endian machine. */
const iocb = { size: 16, data: 0, opcode: 4, descriptor: 5, address: 6, length: 8 };
const ioEvent = { size: 8, data: 0, result: 4 };

/**
 * Texts for many sockets that don't block, given to the kernel by one io_submit(2): all is written when the call is back, as by as many
 * write(2). Where everything shares a CPU, those who receive aren't run between one write and the next. It lasts as long as the process.
 */
export class WriteBatch {
  readonly #calls: Calls;
  readonly #context: bigint;
  /** How many texts, and characters of each. */
  readonly most: number;
  readonly longest: number;
  readonly #bytes: Buffer;
  readonly #address: number;
  readonly #iocbs: Uint32Array;
  readonly #pointers: Buffer;
  readonly #events: Int32Array;
  readonly #eventBytes: Buffer;
  /** Where each text begins, and behind the last one where it ends. */
  readonly #starts: Int32Array;
  readonly #results: Int32Array;
  #count = 0;

  private constructor(calls: Calls, context: bigint, most: number, longest: number) {
    this.#calls = calls;
    this.#context = context;
    this.most = most;
    this.longest = longest;
    this.#bytes = Buffer.allocUnsafeSlow(most * longest);
    this.#address = Number(addressOf(this.#bytes));
    const iocbBytes = new ArrayBuffer(most * iocb.size * 4);
    this.#iocbs = new Uint32Array(iocbBytes);
    this.#pointers = Buffer.alloc(most * 8);
    const eventBytes = new ArrayBuffer(most * ioEvent.size * 4);
    this.#eventBytes = Buffer.from(eventBytes);
    this.#events = new Int32Array(eventBytes);
    this.#starts = new Int32Array(most + 1);
    this.#results = new Int32Array(most);
    const first = addressOf(Buffer.from(iocbBytes));
    for (let at = 0; at < most; at++) {
      this.#pointers.writeBigUInt64LE(first + BigInt(at * iocb.size * 4), at * 8);
      this.#iocbs[at * iocb.size + iocb.data] = at;
      this.#iocbs[at * iocb.size + iocb.opcode] = IOCB_CMD_PWRITE;
    }
  }

  /**
   * Undefined where the kernel, its limits (fs.aio-max-nr) or who confines this process allow none.
   * @param most texts at once @param longest characters of one
   */
  static open(most: number, longest: number): WriteBatch | undefined {
    const calls = numbers[process.arch];
    if (calls === undefined) return undefined;
    const context = Buffer.alloc(8);
    if (libc.ioSetup(calls.setup, most, context) < 0) return undefined;
    return new WriteBatch(calls, context.readBigUInt64LE(), most, longest);
  }

  /** How many texts wait. */
  get count(): number {
    return this.#count;
  }

  /** There has to be room: `count` below `most`. @param text of at most `longest` characters, each of one byte */
  add(fd: number, text: string): void {
    const at = this.#count++;
    const from = this.#starts[at] as number;
    writeLatin1(this.#bytes, from, text);
    const address = this.#address + from;
    const base = at * iocb.size;
    this.#iocbs[base + iocb.descriptor] = fd;
    this.#iocbs[base + iocb.address] = address; // modulo 2^32
    this.#iocbs[base + iocb.address + 1] = Math.floor(address / 0x1_0000_0000);
    this.#iocbs[base + iocb.length] = text.length;
    this.#starts[at + 1] = from + text.length;
  }

  /** Writes all that was added; what became of each is in `result`. */
  submit(): void {
    const count = this.#count;
    this.#count = 0;
    let done = 0;
    while (done < count) {
      const pointers = done === 0 ? this.#pointers : this.#pointers.subarray(done * 8);
      const taken = libc.ioSubmit(this.#calls.submit, this.#context, count - done, pointers) as number;
      // The first one couldn't be begun: a descriptor that is none.
      if (taken <= 0) this.#results[done++] = taken < 0 ? -lastErrno() : 0;
      else {
        this.#takeEvents(taken);
        done += taken;
      }
    }
  }

  /** Sockets that don't block are done with at once: their events are there. */
  #takeEvents(wanted: number): void {
    const events = this.#events;
    for (let had = 0; had < wanted; ) {
      const { events: number } = this.#calls;
      const got = libc.ioGetEvents(number, this.#context, 1, wanted - had, this.#eventBytes, null) as number;
      if (got < 0) continue; // EINTR
      for (let at = 0; at < got * ioEvent.size; at += ioEvent.size)
        this.#results[events[at + ioEvent.data] as number] = events[at + ioEvent.result] as number;
      had += got;
    }
  }

  /** Bytes taken of the text that was added as the `at`th (from 0), or the negative errno. */
  result(at: number): number {
    return this.#results[at] as number;
  }

  /** What wasn't taken of that text; used up before the next is added. */
  rest(at: number, taken: number): Buffer {
    return this.#bytes.subarray((this.#starts[at] as number) + taken, this.#starts[at + 1]);
  }
}
