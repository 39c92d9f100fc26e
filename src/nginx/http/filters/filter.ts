import type { AnswerBody } from "../answer/send.js";
import type { HttpRequest } from "../request.js";

/** Changes answers on their way out: what is between a content handler and gzip (ngx_http_top_header_filter). */
export interface Filter {
  /** Whether it would change the body as the head stands: then there are no ranges of it. */
  changes(request: HttpRequest): boolean;
  /** Changes the head; gives what takes the body instead of `out`, or undefined where the body stays. */
  begin(request: HttpRequest): ((out: AnswerBody) => AnswerBody) | undefined;
}

/** The length isn't known any more, and there are no parts. */
export function forgetLength({ answer }: HttpRequest): void {
  answer.length = undefined;
  answer.acceptsRanges = false;
  answer.remove("accept-ranges");
}

const weak = (etag: string) => (etag.startsWith("W/") || !etag.startsWith('"') ? etag : `W/${etag}`);

/** Other bytes are never the same entity, but may mean the same (ngx_http_weak_etag). */
export function weakenEtag({ answer }: HttpRequest): void {
  if (answer.etag !== undefined) answer.etag = weak(answer.etag);
  answer.replace("etag", weak);
}
