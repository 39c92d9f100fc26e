import { createHash } from "node:crypto";
import type { Cache as CacheSection } from "../../config/haproxy/model/index.js";
import type { BodyLength, RequestHead, ResponseHead, SharedMemory } from "../../proxy/index.js";
import { Headers } from "../../proxy/index.js";
import type { CacheRun, ProxyRun, Service, StreamRun } from "../run/index.js";
import type { ObjectNumber } from "./block-layout.js";
import { BlockStore } from "./block-store.js";
import {
  ageLimits,
  type Cacheability,
  checkRequest,
  isNotModified,
  lastModified,
  mayStore,
} from "./rules.js";
import { cacheService } from "./service.js";
import { fits, type SecondaryKey, secondaryKey, storedKey, varyBit, varySignature } from "./vary.js";

/** What `cache-use` found out about a request, of use to all caches. */
interface Asked extends Cacheability {
  /** Of the method-less URI: five words of SHA-1. */
  readonly hash: Int32Array;
  readonly method: string;
  readonly version: string;
  /** Of all fields that answers may vary by; undefined: no answer that varies is stored. */
  readonly key: SecondaryKey | undefined;
}

/** A head as it is stored before the body: JSON. */
export interface StoredHead {
  readonly status: number;
  readonly reason: string;
  readonly names: readonly string[];
  readonly values: readonly string[];
  readonly length: BodyLength;
  readonly etag: string | undefined;
}

const maxAge = 2147483648;
const asked = new WeakMap<StreamRun, Asked>();

/** A cache section. What it holds is the same for all threads. */
export class Cache implements CacheRun {
  readonly section: CacheSection;
  readonly blocks: BlockStore;
  readonly #seconds: () => number;
  readonly #maxHeadBytes: number;

  /** `maxHeadBytes`: larger heads aren't stored (tune.bufsize less tune.maxrewrite). `now` is the wall clock, milliseconds. */
  constructor(
    section: CacheSection,
    memory: SharedMemory,
    maxHeadBytes: number,
    now: () => number = Date.now,
  ) {
    this.section = section;
    this.blocks = new BlockStore(memory, section.name, section.totalMaxSize, section.maxObjectSize);
    this.#maxHeadBytes = maxHeadBytes;
    this.#seconds = () => Math.floor(now() / 1000);
  }

  get name(): string {
    return this.section.name;
  }

  use(stream: StreamRun, proxy: ProxyRun): Service | undefined {
    const request = stream.http?.request;
    const hash = request === undefined ? undefined : uriHash(request);
    if (request === undefined || hash === undefined) return undefined;
    const every = varyBit.acceptEncoding | varyBit.referer;
    const key = secondaryKey(request.headers, every);
    const { method, version } = request;
    const found = { ...checkRequest(request), hash, method, version, key };
    asked.set(stream, found);
    if (found.ignore) return undefined;
    const counters = proxy === stream.frontend ? proxy.front?.counters : proxy.back?.counters;
    counters?.add("cacheLookups");
    const object = this.blocks.locked(() => {
      const hit = this.#lookup(hash, request.headers);
      if (hit !== 0) this.blocks.acquire(hit);
      return hit;
    });
    if (object === 0) return undefined;
    counters?.add("cacheHits");
    return cacheService(this, object, request.headers.copy(), this.#seconds);
  }

  store(stream: StreamRun, head: ResponseHead, length: BodyLength) {
    const request = asked.get(stream);
    if (request === undefined || stream.service === "<CACHE>" || request.version === "1.0") return undefined;
    if (request.method !== "GET") {
      if (head.status >= 200 && head.status < 400 && !isSafe(request.method)) this.#forget(request.hash);
      return undefined;
    }
    if (head.status !== 200) return undefined;
    const signature = this.section.processVary ? varySignature(head.headers) : undefined;
    if (signature === undefined && (this.section.processVary || head.headers.has("vary"))) return undefined;
    const object = this.#begin(request, head, length, signature ?? 0);
    return object === undefined ? undefined : new Writer(this.blocks, object);
  }

  /** Complete and not expired, and of those that vary the one that fits; 0: none. Under the lock. */
  #lookup(hash: Int32Array, request: Headers): ObjectNumber {
    const objects = this.#alive(hash);
    const first = objects[0];
    if (first === undefined || this.blocks.get(first, "complete") === 0) return 0;
    const signature = this.blocks.get(first, "signature");
    if (signature === 0) return first;
    const wanted = secondaryKey(request, signature);
    if (wanted === undefined) return 0;
    const found = objects.find((object) => fits(this.blocks.secondaryKey(object), wanted)) ?? 0;
    return found !== 0 && this.blocks.get(found, "complete") === 1 ? found : 0;
  }

  #alive(hash: Int32Array): ObjectNumber[] {
    const now = this.#seconds();
    return this.blocks.find(hash).filter((object) => {
      if (this.blocks.time(object, "expires") > now) return true;
      this.blocks.unindex(object);
      return false;
    });
  }

  /** A successful POST, PUT or DELETE: what is stored of the URI holds no more (RFC 9111, section 4.4). */
  #forget(hash: Int32Array): void {
    this.blocks.locked(() => {
      for (const object of this.blocks.find(hash)) this.blocks.unindex(object);
    });
  }

  #begin(
    request: Asked,
    head: ResponseHead,
    length: BodyLength,
    signature: number,
  ): ObjectNumber | undefined {
    if (!mayStore(request, head)) return undefined;
    if (signature !== 0 && request.key === undefined) return undefined;
    const now = this.#seconds();
    const wanted: SecondaryKey = [
      signature & varyBit.acceptEncoding ? (request.key?.[0] ?? 0) : 0,
      signature & varyBit.referer ? (request.key?.[1] ?? 0) : 0,
    ];
    const limits = ageLimits(head.headers, this.section.maxAgeSeconds, now);
    const age = ageOf(head.headers, limits?.said ?? 0);
    const key = signature === 0 ? wanted : storedKey(wanted, head.headers);
    if (age === undefined || limits === undefined || key === undefined) return undefined;
    head.headers.remove("age");
    const bytes = storedHead(head, length);
    if (bytes.length > this.#maxHeadBytes) return undefined;
    if (typeof length === "number" && bytes.length + length > this.section.maxObjectSize) return undefined;
    const { blocks: store } = this;
    const object = store.locked(() => {
      if (!this.#replace(request.hash, signature, wanted)) return 0;
      const made = store.create(request.hash);
      if (made === 0) return 0;
      if (store.reserve(made, bytes.length)) return made;
      store.unindex(made);
      store.release(made);
      return 0;
    });
    if (object === 0) return undefined;
    store.set(object, "signature", signature);
    store.setSecondaryKey(object, key);
    store.set(object, "age", age);
    store.set(object, "head", bytes.length);
    store.setTime(object, "validated", now);
    store.setTime(object, "modified", lastModified(head.headers, now));
    store.append(object, bytes);
    store.setTime(object, "expires", now + limits.used);
    return object;
  }

  /** Makes place for a new answer of a URI: false where one is just being stored, or there are as many that vary as there may be. */
  #replace(hash: Int32Array, signature: number, wanted: SecondaryKey): boolean {
    const objects = this.#alive(hash);
    const old =
      signature === 0 ? objects[0] : objects.find((object) => fits(this.blocks.secondaryKey(object), wanted));
    if (old !== undefined) {
      if (this.blocks.get(old, "complete") === 0) return false;
      this.blocks.unindex(old);
    }
    const others = objects.length - (old === undefined ? 0 : 1);
    return signature === 0 || others < this.section.maxSecondaryEntries;
  }
}

/** Takes a body into an object that is being stored; where it grows too large the object is given up. */
class Writer {
  readonly #store: BlockStore;
  #object: ObjectNumber;

  constructor(store: BlockStore, object: ObjectNumber) {
    this.#store = store;
    this.#object = object;
  }

  write(bytes: Uint8Array): void {
    if (this.#object === 0) return;
    const object = this.#object;
    if (this.#store.locked(() => this.#store.reserve(object, bytes.length)))
      this.#store.append(object, bytes);
    else this.end(false);
  }

  end(whole: boolean): void {
    const object = this.#object;
    if (object === 0) return;
    this.#object = 0;
    this.#store.locked(() => {
      if (whole) this.#store.set(object, "complete", 1);
      else this.#store.unindex(object);
      this.#store.release(object);
    });
  }
}

/** SHA-1 of the whole URI; of a request that names only a path "https" and its host are put before it, so that HTTP/1 and 2 meet. */
function uriHash(request: RequestHead): Int32Array | undefined {
  const isWhole = request.authority !== undefined && !request.target.startsWith("/");
  const host = request.authority ?? request.headers.get("host");
  if (host === undefined) return undefined;
  const uri = isWhole ? request.target : `${request.scheme ?? "https"}://${host}${request.target}`;
  const digest = createHash("sha1").update(uri, "latin1").digest();
  return new Int32Array(5).map((_, at) => digest.readInt32LE(4 * at));
}

function isSafe(method: string): boolean {
  return ["GET", "HEAD", "OPTIONS", "TRACE"].includes(method);
}

/** The header "age"; undefined: it can't be read or is more than the answer's own limit, so that the answer isn't stored. */
function ageOf(headers: Headers, said: number): number | undefined {
  const text = headers.get("age");
  if (text === undefined) return 0;
  const age = /^\d+$/.test(text.trim()) ? Math.min(Number(text), maxAge) : 0;
  return age > 0 && age <= said ? Math.min(age, 0x7fffffff) : undefined;
}

function storedHead(head: ResponseHead, length: BodyLength): Buffer {
  const { names, values } = head.headers;
  const etag = head.headers.get("etag");
  const stored: StoredHead = { status: head.status, reason: head.reason, names, values, length, etag };
  return Buffer.from(JSON.stringify(stored));
}

/** The head and the age of what an object holds, and where its body begins. */
export function readObject(
  cache: Cache,
  object: ObjectNumber,
  request: Headers,
  nowSeconds: number,
): {
  readonly head: ResponseHead;
  readonly length: BodyLength;
  readonly body: number;
  readonly notModified: boolean;
} {
  const store = cache.blocks;
  const body = store.get(object, "head");
  const bytes = Buffer.concat([...store.read(object, 0, body)]);
  const stored = JSON.parse(bytes.toString()) as StoredHead;
  const headers = new Headers([...stored.names], [...stored.values]);
  const age = Math.max(0, nowSeconds - store.time(object, "validated")) + store.get(object, "age");
  headers.add("age", String(Math.min(age, maxAge)));
  const notModified = isNotModified(request, stored.etag, store.time(object, "modified"));
  const head: ResponseHead = {
    status: notModified ? 304 : stored.status,
    reason: notModified ? "Not Modified" : stored.reason,
    version: "1.1",
    headers,
  };
  return { head, length: stored.length, body, notModified };
}
