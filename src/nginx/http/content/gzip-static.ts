import { mayCompress } from "../filters/gzip.js";
import type { HttpRequest } from "../request.js";
import type { Verdict } from "../runtime.js";
import { typeOf } from "../serve.js";
import { openPath } from "./file.js";
import { pathOf, refuse, sendOpened } from "./static.js";

/**
 * Serves "path.gz" as what a path is compressed (ngx_http_gzip_static_module). "next": there is none, or the client doesn't take it.
 * @param always also to clients that say nothing of gzip
 */
export async function gzipStatic(request: HttpRequest, always: boolean): Promise<Verdict> {
  if (request.method !== "GET" && request.method !== "HEAD") return "next";
  const { answer, location } = request;
  const accepted = always || mayCompress(request, location.gzipRules);
  if (!accepted && !location.gzipRules.vary) return "next";
  const path = `${pathOf(request)}.gz`;
  const opened = await openPath(path);
  if (opened.kind === "failed") {
    if (!["ENOENT", "ENOTDIR", "ENAMETOOLONG"].includes(opened.code)) refuse(request, path, opened);
    return request.isFinished ? "done" : "next";
  }
  if (opened.kind === "folder") return "next";
  if (!always) answer.varies = location.gzipRules.vary;
  if (!accepted || request.isFinished) {
    await opened.file.handle.close();
    return accepted ? "done" : "next";
  }
  answer.contentType = typeOf(location, request.uri);
  answer.add("Content-Encoding", "gzip");
  return await sendOpened(request, path, opened.file, "whole");
}
