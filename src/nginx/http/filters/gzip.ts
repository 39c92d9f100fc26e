import { createGzip, type Gzip } from "node:zlib";
import type { AnswerBody } from "../answer/send.js";
import type { HttpRequest } from "../request.js";
import { weakenEtag } from "./filter.js";

/** When answers may be compressed at all: also those that are already. */
export interface GzipRules {
  /** 1.0 or 1.1: of an older client's request nothing is compressed. */
  readonly version: "1.0" | "1.1";
  readonly vary: boolean;
  /** For requests that came by a proxy (Via): when their answers may be compressed. */
  readonly proxied: ReadonlySet<string>;
  readonly disabled: readonly ((agent: string) => boolean)[];
}

/** What gzip_… directives say. */
export interface GzipSettings extends GzipRules {
  /** Types in lower case; "*": all. */
  readonly types: ReadonlySet<string>;
  readonly level: number;
  /** zlib's windowBits and memLevel. */
  readonly windowBits: number;
  readonly memLevel: number;
  /** Bytes; answers whose length isn't known are compressed. */
  readonly least: number;
}

const statuses = new Set([200, 403, 404]);

/** Whether an answer is to be compressed; its head is changed accordingly (ngx_http_gzip_header_filter). */
export function beginGzip(request: HttpRequest, settings: GzipSettings): boolean {
  const { answer } = request;
  if (!isCompressible(request, settings)) return false;
  if (settings.vary) answer.varies = true;
  if (!mayCompress(request, settings)) return false;
  answer.length = undefined;
  answer.acceptsRanges = false;
  answer.add("Content-Encoding", "gzip");
  weakenEtag(request);
  answer.remove("accept-ranges");
  return true;
}

/** Whether an answer will be compressed: then it has no ranges. */
export const willGzip = (request: HttpRequest, settings: GzipSettings | undefined): boolean =>
  settings !== undefined && isCompressible(request, settings) && mayCompress(request, settings);

function isCompressible({ answer }: HttpRequest, settings: GzipSettings): boolean {
  if (!statuses.has(answer.status) || answer.all("content-encoding") !== undefined) return false;
  if (answer.length !== undefined && answer.length < settings.least) return false;
  const type = answer.contentType.split(";", 1)[0]!.trim().toLowerCase();
  return type !== "" && (settings.types.has(type) || settings.types.has("*"));
}

/** Whether an answer may be sent compressed to who asks (ngx_http_gzip_ok). */
export function mayCompress(request: HttpRequest, { version, disabled, proxied }: GzipRules): boolean {
  if (request.main !== request) return false;
  if (!acceptsGzip(request.field("accept-encoding"))) return false;
  if (version === "1.1" && request.exchange.request.version === "1.0") return false;
  const agent = request.field("user-agent");
  if (agent !== undefined && disabled.some((fits) => fits(agent))) return false;
  return request.field("via") === undefined || mayForProxy(request, proxied);
}

/** Whether "gzip" is accepted: named, with a weight that isn't 0 (ngx_http_gzip_accept_encoding). */
export function acceptsGzip(field: string | undefined): boolean {
  if (field === undefined) return false;
  const found = /(?:^|[,\s])gzip\s*(?:;\s*q\s*=\s*([\d.]+))?\s*(?:,|;|$)/i.exec(field);
  return found !== null && (found[1] === undefined || Number(found[1]) > 0);
}

/** gzip_proxied. */
function mayForProxy(request: HttpRequest, proxied: ReadonlySet<string>): boolean {
  const { answer } = request;
  if (proxied.has("off")) return false;
  if (proxied.has("any")) return true;
  if (request.field("authorization") !== undefined && proxied.has("auth")) return true;
  const expires = answer.all("expires");
  if (expires !== undefined) return proxied.has("expired") && Date.parse(expires) < Date.now();
  const control = answer.all("cache-control")?.toLowerCase();
  if (control !== undefined)
    return ["no-cache", "no-store", "private"].some((word) => proxied.has(word) && control.includes(word));
  if (answer.modified !== undefined || answer.modifiedText !== undefined) return false;
  if (proxied.has("no_last_modified")) return true;
  return answer.etag === undefined && proxied.has("no_etag");
}

/** Takes a body, and gives it on compressed. */
export class GzipBody implements AnswerBody {
  onDrain: () => void = () => {};
  readonly #gzip: Gzip;

  constructor(request: HttpRequest, out: AnswerBody, { level, windowBits, memLevel }: GzipSettings) {
    const gzip = createGzip({ level, windowBits, memLevel });
    this.#gzip = gzip;
    out.onDrain = () => gzip.resume();
    gzip.on("data", (bytes: Buffer) => {
      if (!out.write(bytes)) gzip.pause();
    });
    gzip.on("drain", () => this.onDrain());
    gzip.on("end", () => out.end());
    request.onEnd.push(() => gzip.destroy());
  }

  write(bytes: Uint8Array): boolean {
    // What it is given is overwritten afterwards.
    return this.#gzip.write(Buffer.from(bytes));
  }

  end(): void {
    this.#gzip.end();
  }
}
