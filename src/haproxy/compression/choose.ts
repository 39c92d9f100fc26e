import type { Compression } from "../../config/haproxy/model/index.js";
import type { BodyLength, Headers, RequestHead, ResponseHead } from "../../proxy/index.js";
import { etagKind, listValues } from "../headers/index.js";

export type Algorithm = Compression["algorithms"][number];

/** How clients name an algorithm in accept-encoding, and what content-encoding says. */
export function codingOf(algorithm: Algorithm): string {
  return algorithm === "raw-deflate" ? "deflate" : algorithm;
}

/**
 * Which algorithm a client takes: of those with the best q the first that it names; "*" stands for the one that was configured last.
 * Where none fits, "identity" if that is configured. Old browsers that say they take it and don't get none.
 */
export function chooseAlgorithm(settings: Compression, request: RequestHead): Algorithm | undefined {
  if (isBrokenBrowser(request.headers.get("user-agent"))) return undefined;
  const candidates = settings.algorithms.toReversed();
  let best: Algorithm | undefined;
  let bestQuality = 0;
  for (const value of listValues(request.headers, "accept-encoding")) {
    const token = /^[!#$%&'*+\-.^_`|~\w]*/.exec(value)?.[0] ?? "";
    const quality = qualityOf(value.slice(token.length));
    if (quality <= bestQuality) continue;
    const wanted = token.toLowerCase();
    const found = candidates.find((each) => token.startsWith("*") || codingOf(each) === wanted);
    if (found === undefined) continue;
    best = found;
    bestQuality = quality;
  }
  return best ?? candidates.find((each) => each === "identity");
}

/** "q=" of parameters, in thousandths. */
function qualityOf(parameters: string): number {
  const found = /;[ \t]*q=(\d)(?:\.(\d{1,3})?)?/.exec(parameters);
  if (found === null) return 1000;
  return Math.min(1000, Number(found[1]) * 1000 + Number((found[2] ?? "").padEnd(3, "0")));
}

/** "Mozilla/4" but Internet Explorer 6 with XP SP2, and 7 and later. */
function isBrokenBrowser(agent: string | undefined): boolean {
  if (agent === undefined || !agent.startsWith("Mozilla/4")) return false;
  if (agent.length < 31 || agent.slice(25, 30) !== "MSIE ") return true;
  const version = agent[30] as string;
  if (version !== "6") return version < "6";
  return agent.slice(51, 54) !== "SV1";
}

/** Whether an answer may be compressed, by what it is and what was asked. */
export function mayCompress(
  settings: Compression,
  request: Pick<RequestHead, "method" | "version">,
  response: ResponseHead,
  length: BodyLength,
): boolean {
  const { headers } = response;
  if (request.version === "1.0" || response.version === "1.0") return false;
  if (request.method === "HEAD" || length === 0 || length === "close") return false;
  if (response.status < 200 || response.status > 203) return false;
  if (headers.has("content-encoding")) return false;
  if (listValues(headers, "cache-control").some((value) => value.toLowerCase() === "no-transform"))
    return false;
  const etags = headers.all("etag");
  if (etags.length > 1 || (etags[0] !== undefined && etagKind(etags[0]) === undefined)) return false;
  return fitsType(settings, headers);
}

/** Never of multipart; where types are listed one of them begins it. */
function fitsType(settings: Compression, headers: Headers): boolean {
  const type = headers.get("content-type")?.toLowerCase();
  if (type?.startsWith("multipart")) return false;
  if (settings.types.length === 0) return true;
  return type !== undefined && settings.types.some((each) => type.startsWith(each.toLowerCase()));
}

/** What a compressed answer's head says; framing fields are made from its length. */
export function changeHead(head: ResponseHead, algorithm: Algorithm): void {
  const { headers } = head;
  if (algorithm !== "identity") headers.add("content-encoding", codingOf(algorithm));
  headers.remove("content-length");
  const at = headers.names.indexOf("etag");
  if (at >= 0 && headers.values[at]?.startsWith('"')) headers.values[at] = `W/${headers.values[at]}`;
  headers.add("vary", "Accept-Encoding");
}
