import { createGunzip, type Gunzip } from "node:zlib";
import type { AnswerBody } from "../answer/send.js";
import type { HttpRequest } from "../request.js";
import { type Filter, forgetLength, weakenEtag } from "./filter.js";
import { mayCompress } from "./gzip.js";

/** gunzip on: who takes no gzip gets what a server compressed as it was (ngx_http_gunzip_filter_module). */
export const gunzip: Filter = {
  changes: (request) => isGzip(request) && !mayBeGzip(request),
  begin(request) {
    if (!isGzip(request)) return undefined;
    request.answer.varies = request.location.gzipRules.vary;
    if (mayBeGzip(request)) return undefined;
    request.answer.remove("content-encoding");
    forgetLength(request);
    weakenEtag(request);
    return (out) => new GunzipBody(request, out);
  },
};

const isGzip = ({ answer }: HttpRequest): boolean => answer.all("content-encoding")?.toLowerCase() === "gzip";

const mayBeGzip = (request: HttpRequest): boolean => mayCompress(request, request.location.gzipRules);

class GunzipBody implements AnswerBody {
  onDrain: () => void = () => {};
  readonly #gunzip: Gunzip;

  constructor(request: HttpRequest, out: AnswerBody) {
    const gunzip = createGunzip();
    this.#gunzip = gunzip;
    out.onDrain = () => gunzip.resume();
    gunzip.on("data", (bytes: Buffer) => {
      if (!out.write(bytes)) gunzip.pause();
    });
    gunzip.on("drain", () => this.onDrain());
    gunzip.on("end", () => out.end());
    gunzip.on("error", (error) => {
      request.connection.log("error", `inflate() failed: ${error.message}`, request);
      request.exchange.abort();
    });
    request.onEnd.push(() => gunzip.destroy());
  }

  write(bytes: Uint8Array): boolean {
    // What it is given is overwritten afterwards.
    return this.#gunzip.write(Buffer.from(bytes));
  }

  end(): void {
    this.#gunzip.end();
  }
}
