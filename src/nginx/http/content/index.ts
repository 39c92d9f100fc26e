import { stat } from "node:fs/promises";
import type { HttpRequest } from "../request.js";
import type { Step, Text, Verdict } from "../runtime.js";
import { redirectTo } from "../serve.js";
import { pathOf, refuse } from "./static.js";

type Kind = "file" | "folder" | "missing";

async function kindOf(path: string): Promise<Kind> {
  try {
    const found = await stat(Buffer.from(path, "latin1"));
    return found.isDirectory() ? "folder" : "file";
  } catch {
    return "missing";
  }
}

/** `list` is what is done where there is none. index: a folder's first file of these that is there is served, as if it had been asked for (ngx_http_index_module). */
export function indexStep(names: readonly Text[], list: Step): Step {
  return async (request) => {
    if (!request.uri.endsWith("/") || !["GET", "HEAD", "POST"].includes(request.method)) return "next";
    for (const name of names) {
      const text = name.value(request);
      if (text.startsWith("/")) {
        redirectTo(request, text, request.args);
        return "done";
      }
      if ((await kindOf(pathOf(request) + text)) !== "file") continue;
      if (request.isFinished) return "done";
      redirectTo(request, request.uri + text, request.args);
      return "done";
    }
    return await noIndex(request, list);
  };
}

async function noIndex(request: HttpRequest, list: Step): Promise<Verdict> {
  const path = pathOf(request);
  if ((await kindOf(path)) === "missing") return refuse(request, path, { code: "ENOENT", number: 2 });
  const verdict = await list(request);
  if (verdict !== "next") return verdict;
  request.connection.log("error", `directory index of "${path}" is forbidden`, request);
  return 403;
}

/** A try of try_files: a path, with a slash at its end of a folder. The last one is where to go, a named location, or a status. */
export interface Try {
  readonly text: Text;
  readonly isFolder: boolean;
}
export type LastTry =
  | { readonly kind: "status"; readonly status: number }
  | { readonly kind: "named"; readonly name: string }
  | { readonly kind: "uri"; readonly uri: Text };

/** try_files (ngx_http_try_files_module). `toNamed` goes on at a named location. */
export function tryFilesStep(
  tries: readonly Try[],
  last: LastTry,
  toNamed: (request: HttpRequest, name: string) => void,
): Step {
  return async (request) => {
    for (const { text, isFolder } of tries) {
      const uri = text.value(request);
      const kind = await kindOf(pathOf(request, uri));
      if (request.isFinished) return "done";
      if (kind !== (isFolder ? "folder" : "file")) continue;
      request.uri = uri;
      request.isUriOriginal = false;
      return "next";
    }
    if (last.kind === "status") return last.status;
    if (last.kind === "named") toNamed(request, last.name);
    else {
      const target = last.uri.value(request);
      const question = target.indexOf("?");
      redirectTo(
        request,
        question < 0 ? target : target.slice(0, question),
        question < 0 ? "" : target.slice(question + 1),
      );
    }
    return "done";
  };
}
