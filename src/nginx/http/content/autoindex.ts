import { lstat, readdir, stat } from "node:fs/promises";
import { sendText } from "../answer/send.js";
import { nameCharset } from "../filters/charset.js";
import type { HttpRequest } from "../request.js";
import type { Verdict } from "../runtime.js";
import { argument } from "../variables/request-variables.js";
import { type Entry, htmlList, jsonList, xmlList } from "./autoindex-formats.js";
import { pathOf, refuse } from "./static.js";

/** What autoindex_… directives say of a location. */
export interface AutoindexSettings {
  readonly format: "html" | "json" | "jsonp" | "xml";
  readonly localTime: boolean;
  readonly exactSize: boolean;
}

const types = {
  html: "text/html",
  json: "application/json",
  jsonp: "application/javascript",
  xml: "text/xml",
} as const;

/** Lists a folder (ngx_http_autoindex_module). "next": it isn't asked for by GET or HEAD. */
export async function autoindex(request: HttpRequest, settings: AutoindexSettings): Promise<Verdict> {
  if (request.method !== "GET" && request.method !== "HEAD") return "next";
  let { format } = settings;
  const callback = format === "jsonp" ? callbackOf(request) : "";
  if (callback === undefined) return 400;
  if (format === "jsonp" && callback === "") format = "json";
  const path = pathOf(request).replace(/(?<=.)\/$/, "");
  const entries = await readFolder(path);
  if (request.isFinished) return "done";
  if ("code" in entries) return refuse(request, path, entries, "opendir()");
  const { answer, uri } = request;
  answer.status = 200;
  answer.contentType = types[format];
  if (format === "xml") answer.charset = "utf-8";
  nameCharset(request);
  if (format === "html") {
    const isUtf8 = answer.charset?.toLowerCase() === "utf-8";
    sendText(request, htmlList(uri, entries, { ...settings, isUtf8 }), "unknown length");
  } else if (format === "xml") sendText(request, xmlList(entries), "unknown length");
  else sendText(request, jsonList(entries, callback), "unknown length");
  return "done";
}

/** "": none is said; undefined: it is no name. */
function callbackOf(request: HttpRequest): string | undefined {
  const name = argument(request.args, "callback") ?? "";
  const fault = name.length > 128 ? "too long" : /^[A-Za-z0-9_.]*$/.test(name) ? undefined : "invalid";
  if (fault === undefined) return name;
  request.connection.log("info", `client sent ${fault} callback name: "${name}"`, request);
  return undefined;
}

/** What isn't hidden, folders first, each by its bytes. */
async function readFolder(
  path: string,
): Promise<readonly Entry[] | { readonly code: string; readonly number: number }> {
  try {
    const names = await readdir(Buffer.from(path, "latin1"), { encoding: "latin1" });
    const shown = names.filter((name) => !name.startsWith("."));
    const entries = await Promise.all(shown.map((name) => entryOf(path, name)));
    const order = (one: Entry, other: Entry) =>
      Number(other.kind === "directory") - Number(one.kind === "directory") ||
      (one.name < other.name ? -1 : 1);
    return entries.filter((entry) => entry !== undefined).sort(order);
  } catch (error) {
    const { code = "EIO", errno = -5 } = error as NodeJS.ErrnoException;
    return { code, number: -errno };
  }
}

/** undefined: it may not be looked at. Of a link to nowhere the link itself. */
async function entryOf(folder: string, name: string): Promise<Entry | undefined> {
  const path = Buffer.from(`${folder}/${name}`, "latin1");
  try {
    const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT" || error.code === "ELOOP") return lstat(path);
      throw error;
    });
    const kind = found.isDirectory() ? "directory" : found.isFile() ? "file" : "other";
    return { name, kind, modifiedSeconds: Math.floor(found.mtimeMs / 1000), size: found.size };
  } catch {
    return undefined;
  }
}
