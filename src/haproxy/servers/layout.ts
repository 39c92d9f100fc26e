/**
 * The memory of a server, which all threads share: 128 words of 32 bits, 32 numbers of 64 bits, then texts.
 *
 * ```
 *     0 words (Int32)      512 numbers (Float64)      768 texts: two bytes of length, then UTF-8
 * ```
 */
export const WORDS = 128;
export const NUMBERS = 32;
const TEXTS = 4 * WORDS + 8 * NUMBERS;

export const field = {
  /** What balancing knows (committed), and what comes next: see transitions.ts. */
  state: 0,
  nextState: 1,
  admin: 2,
  nextAdmin: 3,
  eweight: 4,
  nextEweight: 5,
  weight: 6,
  maxconn: 7,
  minconn: 8,
  consecutiveErrors: 9,
  /** The queue: its length, its first and last entry (plus one; 0: none), and how many have left it. */
  queued: 10,
  queueHead: 11,
  queueTail: 12,
  left: 13,
  port: 14,
  /** Changes with address, port, name, cookie. */
  generation: 15,
  lb: 16, // 8 words
  /** What caused an operational change: a check's status (plus one; 0: none) and code. */
  causeStatus: 24,
  causeCode: 25,
  exists: 26,
  initialWeight: 27,
  /** srv_use_ssl: -1, 0 or 1. */
  useTls: 28,
  /** Counted up to ask all threads for something: see requests.ts. */
  shutDown: 64,
  shutDownWhy: 65,
  closeIdle: 66,
  warmUp: 67,
  hurry: 68,
  mappedPort: 69,
  check: 32, // 16 words each
  agent: 48,
} as const;

export const number = {
  lastChange: 0,
  downtime: 1,
  lastSession: 2,
  causeDuration: 3,
  times: 4, // 8: sums and counts
  check: 12, // 4 each
  agent: 16,
} as const;

/** Of a check: words from field.check, numbers from number.check. */
export const checkField = {
  state: 0,
  health: 1,
  result: 2,
  status: 3,
  code: 4,
  port: 5,
  /** Where its rules stood when it was last looked at. */
  step: 6,
} as const;

export const checkNumber = { started: 0, duration: 1, lastChange: 2 } as const;

const text = {
  host: [0, 128],
  hostname: [128, 260],
  cookie: [388, 260],
  cause: [648, 260],
  adminCause: [908, 260],
  checkDescription: [1168, 132],
  agentDescription: [1300, 132],
  checkAddress: [1432, 128],
  agentAddress: [1560, 128],
  agentSend: [1688, 1026],
  record: [2714, 260],
  lastAddress: [2974, 128],
} as const;
const TEXT_BYTES = 3102;

export type TextName = keyof typeof text;

export const SERVER_BYTES = Math.ceil((TEXTS + TEXT_BYTES) / 8) * 8;

/** Views of a server's memory. */
export class ServerMemory {
  readonly words: Int32Array;
  readonly numbers: Float64Array;
  readonly #bytes: Uint8Array;

  constructor(buffer: SharedArrayBuffer) {
    this.words = new Int32Array(buffer, 0, WORDS);
    this.numbers = new Float64Array(buffer, 4 * WORDS, NUMBERS);
    this.#bytes = new Uint8Array(buffer, TEXTS);
  }

  get(at: number): number {
    return Atomics.load(this.words, at);
  }

  set(at: number, value: number): void {
    Atomics.store(this.words, at, value);
  }

  add(at: number, amount: number): number {
    return Atomics.add(this.words, at, amount) + amount;
  }

  number(at: number): number {
    return this.numbers[at] as number;
  }

  text(name: TextName): string {
    const [at] = text[name];
    const length = (this.#bytes[at] as number) | ((this.#bytes[at + 1] as number) << 8);
    // Buffer.from shares nothing with memory that others write to.
    return Buffer.from(this.#bytes.slice(at + 2, at + 2 + length)).toString();
  }

  /** What doesn't fit is left out. */
  setText(name: TextName, value: string): void {
    const [at, size] = text[name];
    const bytes = Buffer.from(value).subarray(0, size - 2);
    this.#bytes.set(bytes, at + 2);
    this.#bytes[at] = bytes.length & 0xff;
    this.#bytes[at + 1] = bytes.length >> 8;
  }
}
