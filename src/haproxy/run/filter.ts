import type { BodyLength, BodySink, RequestHead, ResponseHead } from "../../proxy/index.js";
import type { ProxyRun } from "./proxy.js";
import type { Service } from "./service.js";
import type { StreamRun } from "./stream.js";

/**
 * What looks at messages on their way and may change them: compression, limits of bandwidth. `prepare` is called once for each proxy;
 * a stream uses those of its front end, then those of its back end, where they are two proxies. A filter that is of use in both
 * sees to it itself that it works once.
 */
export interface ResponseFilterMaker {
  readonly name: string;
  /** undefined: this proxy doesn't use it. */
  prepare(proxy: ProxyRun): ResponseFilter | undefined;
}

/** Its methods are called in this order, each at most once for a request. Of mode tcp only the two last of them, without heads. */
export interface ResponseFilter {
  /**
   * After all http-request rules of front end and back end, before the request goes to a server or a service: also where the answer
   * will not be a server's. It may change the head. What it gives changes the body.
   */
  onRequest?(stream: StreamRun, head: RequestHead, length: BodyLength): BodyTransform | undefined;
  /** A server's or service's head came: before http-response rules, which may ask for what was decided (res.comp). */
  onAnswer?(stream: StreamRun, head: ResponseHead, length: BodyLength): void;
  /**
   * After all rules, before the head is sent; it may change the head. undefined: this answer goes on as it is.
   * `length` is the body's, 0 where there is none (HEAD, 204, 304 too). Not called for 1xx, and not for answers of rules
   * (deny, return, redirect, errorfiles).
   */
  onResponse(stream: StreamRun, head: ResponseHead, length: BodyLength): ResponseTransform | undefined;
}

/** Changes a body, or holds it up. */
export interface BodyTransform {
  /**
   * Takes the body as it comes, writes into `sink` what is sent. Where its `write` gives false, who writes waits for `onDrain`, which it
   * has set before; the transform has set the `onDrain` of `sink`.
   */
  body(sink: BodySink): BodySink;
  /** The message broke off, nothing more comes and nothing can be sent: lets go of what it holds. */
  abort?(): void;
}

export interface ResponseTransform extends BodyTransform {
  readonly length: BodyLength;
}

/** A cache section that runs, for `http-request cache-use` and `http-response cache-store`. */
export interface CacheRun {
  readonly name: string;
  /**
   * When the rule `cache-use` is reached, of any method; `proxy` is the one whose rule it is: its look-ups and hits are counted here.
   * What answers this request instead of a server (the rules go on before it is asked); undefined: it isn't there, or may not be used.
   */
  use(stream: StreamRun, proxy: ProxyRun): Service | undefined;
  /**
   * When the rule `cache-store` is reached: what earlier rules changed is stored, what later ones change isn't. It takes "age" out of `head`.
   * undefined: this answer isn't stored. Else it is given the body as it comes, before any filter changes it; `end(true)` when it is whole,
   * `end(false)` when it broke off. `length` is 0 for a message without a body.
   */
  store(
    stream: StreamRun,
    head: ResponseHead,
    length: BodyLength,
  ): { write(bytes: Uint8Array): void; end(whole: boolean): void } | undefined;
}
