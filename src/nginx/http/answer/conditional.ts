import type { HttpRequest } from "../request.js";
import { namesEtag } from "./etag.js";
import { readHttpDate } from "./http-date.js";

/**
 * What a request's conditions make of an answer 200 (ngx_http_not_modified_filter): 412, 304, or nothing.
 */
export function conditionalStatus(request: HttpRequest): 304 | 412 | undefined {
  const { answer, location } = request;
  const unmodifiedSince = request.field("if-unmodified-since");
  if (unmodifiedSince !== undefined && !isUnmodified(answer.modified, unmodifiedSince)) return 412;
  const ifMatch = request.field("if-match");
  if (ifMatch !== undefined && !namesEtag(ifMatch, answer.etag, false)) return 412;
  const modifiedSince = request.field("if-modified-since");
  const noneMatch = request.field("if-none-match");
  if (modifiedSince === undefined && noneMatch === undefined) return undefined;
  if (modifiedSince !== undefined && isModified(answer.modified, modifiedSince, location.ifModifiedSince))
    return undefined;
  if (noneMatch !== undefined && !namesEtag(noneMatch, answer.etag, true)) return undefined;
  return 304;
}

function isUnmodified(modified: number | undefined, text: string): boolean {
  if (modified === undefined) return false;
  const since = readHttpDate(text);
  return since !== undefined && since >= modified;
}

function isModified(modified: number | undefined, text: string, how: "off" | "exact" | "before"): boolean {
  if (modified === undefined || how === "off") return true;
  const since = readHttpDate(text);
  if (since === modified) return false;
  return how === "exact" || since === undefined || since < modified;
}
