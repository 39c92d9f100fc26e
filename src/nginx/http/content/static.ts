import { randomBytes } from "node:crypto";
import { etagOf } from "../answer/etag.js";
import { httpDate } from "../answer/http-date.js";
import { beginAnswer, heedConditions } from "../answer/send.js";
import { nameCharset } from "../filters/charset.js";
import { willGzip } from "../filters/gzip.js";
import type { HttpRequest } from "../request.js";
import type { Verdict } from "../runtime.js";
import { typeOf } from "../serve.js";
import { escapeUri } from "../uri/escape.js";
import { type OpenFile, openPath, sendFile } from "./file.js";
import { readRanges } from "./ranges.js";

/** Where a request's path is in the file system, by root or alias. */
export function pathOf(request: HttpRequest, uri = request.uri): string {
  const { location } = request;
  const root = location.root.value(request);
  if (!location.rootIsAlias) return root + uri;
  return location.isRegex ? root : root + uri.slice(location.name.length);
}

/** Serves files (ngx_http_static_module): GET and HEAD of paths that don't end with a slash. */
export async function serveStatic(request: HttpRequest): Promise<Verdict> {
  if (request.method !== "GET" && request.method !== "HEAD" && request.method !== "POST") return 405;
  if (request.uri.endsWith("/")) return "next";
  const path = pathOf(request);
  const opened = await openPath(path);
  if (request.isFinished) {
    if (opened.kind === "file") await opened.file.handle.close();
    return "done";
  }
  if (opened.kind === "failed") return refuse(request, path, opened);
  if (opened.kind === "folder") return withSlash(request);
  if (request.method === "POST") {
    await opened.file.handle.close();
    return 405;
  }
  return await sendOpened(request, path, opened.file);
}

function withSlash(request: HttpRequest): Verdict {
  const { answer, args, uri } = request;
  answer.location = `${escapeUri(uri, "uri")}/${args === "" ? "" : `?${args}`}`;
  return 301;
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "No such file or directory",
  ENOTDIR: "Not a directory",
  ENAMETOOLONG: "File name too long",
  EACCES: "Permission denied",
  EMFILE: "Too many open files",
};

/** The status of a file that can't be opened, and nginx's sentence for the log. */
export function refuse(
  request: HttpRequest,
  path: string,
  { code, number }: { readonly code: string; readonly number: number },
  doing = "open()",
): number {
  const isMissing = code === "ENOENT" || code === "ENOTDIR" || code === "ENAMETOOLONG";
  if (!isMissing || request.location.logNotFound) {
    const level = isMissing || code === "EACCES" ? "error" : "crit";
    request.connection.log(level, `${doing} "${path}" failed (${number}: ${reasons[code] ?? code})`, request);
  }
  if (isMissing) return 404;
  return code === "EACCES" ? 403 : 500;
}

/** Sends a file that is open, with its conditions and ranges. */
export async function sendOpened(
  request: HttpRequest,
  path: string,
  file: OpenFile,
  parts: "ranges" | "whole" = "ranges",
): Promise<Verdict> {
  const { answer, location } = request;
  answer.status = request.overriddenStatus ?? 200;
  answer.length = file.size;
  answer.modified = file.modifiedSeconds;
  answer.modifiedText = httpDate(file.modifiedSeconds);
  if (location.etag) answer.etag = etagOf(file.modifiedSeconds, file.size);
  if (answer.contentType === "") answer.contentType = typeOf(location, path);
  if (answer.status === 200 && heedConditions(request) === 412) {
    await file.handle.close();
    return 412;
  }
  // The parts of several ranges tell it, too.
  nameCharset(request);
  const ranges = rangesOf(request, parts === "ranges" ? location.maxRanges : 0, file.size);
  if (ranges === "unsatisfiable") {
    await file.handle.close();
    answer.add("Content-Range", `bytes */${file.size}`);
    return 416;
  }
  const body = beginAnswer(request);
  if (request.method === "HEAD" || answer.status === 304 || request.exchange.request.method === "HEAD")
    await file.handle.close();
  else await sendFile(request, file, body, ranges);
  return "done";
}

type Parts = readonly (readonly [number, number] | Buffer)[];

/** What of the file is to be sent, and the answer changed accordingly (ngx_http_range_header_filter). */
function rangesOf(request: HttpRequest, most: number, size: number): Parts | "unsatisfiable" {
  const { answer, location } = request;
  const whole: Parts = size === 0 ? [] : [[0, size]];
  if (answer.status !== 200 || most === 0 || willGzip(request, location.gzip) || isChanged(request))
    return whole;
  const text = request.field("range");
  if (text === undefined || !isStillSame(request)) {
    answer.acceptsRanges = true;
    return whole;
  }
  const ranges = readRanges(text, size, most);
  if (ranges === "unsatisfiable") return ranges;
  if (ranges === "whole") {
    answer.acceptsRanges = true;
    return whole;
  }
  answer.status = 206;
  request.overriddenStatus = undefined;
  const [first] = ranges;
  if (ranges.length === 1 && first !== undefined) {
    answer.add("Content-Range", `bytes ${first[0]}-${first[1] - 1}/${size}`);
    answer.length = first[1] - first[0];
    return [first];
  }
  return multipart(request, ranges, size);
}

const isChanged = (request: HttpRequest): boolean =>
  request.location.filters.some((filter) => filter.changes(request));

/** If-Range: the ranges are of what the client knows, or the whole is sent. */
function isStillSame(request: HttpRequest): boolean {
  const { answer } = request;
  const condition = request.field("if-range");
  if (condition === undefined) return true;
  if (condition.startsWith('"') || condition.startsWith("W/")) return condition === answer.etag;
  return condition === answer.modifiedText;
}

function multipart(
  request: HttpRequest,
  ranges: readonly (readonly [number, number])[],
  size: number,
): Parts {
  const { answer } = request;
  const boundary = BigInt(`0x${randomBytes(8).toString("hex")}`)
    .toString()
    .padStart(20, "0");
  const charset = answer.charset === undefined ? "" : `; charset=${answer.charset}`;
  const type = answer.contentType === "" ? "" : `Content-Type: ${answer.contentType}${charset}\r\n`;
  const parts: (readonly [number, number] | Buffer)[] = [];
  let length = 0;
  for (const range of ranges) {
    const head = Buffer.from(
      `\r\n--${boundary}\r\n${type}Content-Range: bytes ${range[0]}-${range[1] - 1}/${size}\r\n\r\n`,
      "latin1",
    );
    parts.push(head, range);
    length += head.length + range[1] - range[0];
  }
  const end = Buffer.from(`\r\n--${boundary}--\r\n`);
  answer.contentType = `multipart/byteranges; boundary=${boundary}`;
  answer.charset = undefined;
  answer.length = length + end.length;
  return [...parts, end];
}
