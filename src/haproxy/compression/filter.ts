import type { Compression } from "../../config/haproxy/model/index.js";
import type { BodyLength, BodySink, RequestHead, ResponseHead } from "../../proxy/index.js";
import type {
  ProxyRun,
  ResponseFilter,
  ResponseFilterMaker,
  ResponseTransform,
  StreamRun,
} from "../run/index.js";
import { type Algorithm, changeHead, chooseAlgorithm, codingOf, mayCompress } from "./choose.js";
import type { CompressionLimits } from "./limits.js";
import { ZlibSink } from "./zlib-sink.js";

interface State {
  algorithm: Algorithm | undefined;
  readonly request: Pick<RequestHead, "method" | "version">;
  /** The answer was looked at, and is to be compressed; its place among those at work is taken. */
  begun: boolean;
}

/** `compression algo …`: answers are compressed for clients that take it (flt_http_comp.c). A back end's settings come before the front end's. */
export class CompressionFilter implements ResponseFilterMaker, ResponseFilter {
  readonly name = "compression";
  readonly #limits: CompressionLimits;
  readonly #level: number;
  readonly #states = new WeakMap<StreamRun, State>();

  constructor(limits: CompressionLimits, level: number) {
    this.#limits = limits;
    this.#level = level;
  }

  prepare(proxy: ProxyRun): ResponseFilter | undefined {
    return proxy.section.compression === undefined ? undefined : this;
  }

  onRequest(stream: StreamRun, head: RequestHead): undefined {
    const settings = settingsOf(stream);
    if (settings === undefined || this.#states.has(stream)) return;
    const algorithm = chooseAlgorithm(settings, head);
    const request = { method: head.method, version: head.version };
    this.#states.set(stream, { algorithm, request, begun: false });
    if (algorithm !== undefined && offloads(stream) && head.headers.has("accept-encoding"))
      head.headers.remove("accept-encoding");
  }

  onAnswer(stream: StreamRun, head: ResponseHead, length: BodyLength): void {
    const settings = settingsOf(stream);
    const state = this.#states.get(stream);
    if (settings === undefined || state?.algorithm === undefined || state.begun) return;
    if (!mayCompress(settings, state.request, head, length) || !this.#limits.begin()) {
      state.algorithm = undefined;
      return;
    }
    state.begun = true;
    if (stream.http !== undefined) stream.http.compression = codingOf(state.algorithm);
  }

  onResponse(stream: StreamRun, head: ResponseHead, length: BodyLength): ResponseTransform | undefined {
    this.onAnswer(stream, head, length);
    const state = this.#states.get(stream);
    const algorithm = state?.algorithm;
    if (algorithm === undefined || state === undefined || !state.begun) return undefined;
    state.algorithm = undefined;
    if (length === 0) {
      this.#limits.end();
      return undefined;
    }
    changeHead(head, algorithm);
    for (const side of sides(stream)) side?.add("compressedResponses");
    return { length: "chunked", ...this.#transform(stream, algorithm) };
  }

  #transform(stream: StreamRun, algorithm: Algorithm): Omit<ResponseTransform, "length"> {
    let ended = false;
    const finish = () => {
      if (!ended) this.#limits.end();
      ended = true;
    };
    const counted = sides(stream);
    let zlib: ZlibSink | undefined;
    return {
      body: (sink: BodySink): BodySink => {
        if (algorithm === "identity") {
          const pass = counting(sink, (bytes) => {
            for (const side of counted) side?.add("compressionBypassed", bytes);
          });
          finish();
          return pass;
        }
        const out = (bytes: number) => {
          this.#limits.count(0, bytes);
          for (const side of counted) side?.add("compressedOut", bytes);
        };
        zlib = new ZlibSink(algorithm, this.#level, sink, out, finish);
        return counting(zlib, (bytes) => {
          this.#limits.count(bytes, 0);
          for (const side of counted) side?.add("compressedIn", bytes);
        });
      },
      abort: () => {
        zlib?.abort();
        finish();
      },
    };
  }
}

/** Passes on what is written, and tells how much it was. */
function counting(sink: BodySink, count: (bytes: number) => void): BodySink {
  const passing: BodySink = {
    write(bytes) {
      count(bytes.length);
      return sink.write(bytes);
    },
    end: (trailers) => sink.end(trailers),
    onDrain: () => undefined,
  };
  sink.onDrain = () => passing.onDrain();
  return passing;
}

function settingsOf(stream: StreamRun): Compression | undefined {
  const own = stream.backend.section.compression;
  return own !== undefined && own.algorithms.length > 0 ? own : stream.frontend.section.compression;
}

function offloads(stream: StreamRun): boolean {
  return [stream.backend, stream.frontend].some((proxy) => proxy.section.compression?.offload === true);
}

function sides(stream: StreamRun) {
  return [stream.frontend.front?.counters, stream.backend.back?.counters];
}
