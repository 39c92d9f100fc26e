import { readdir, stat } from "node:fs/promises";
import type { HttpRequest } from "../request.js";
import type { Verdict } from "../runtime.js";
import { redirectTo } from "../serve.js";
import { pathOf, refuse } from "./static.js";

/** random_index on: one of a folder's files is served, any of them (ngx_http_random_index_module). "next": there is none. */
export async function randomIndex(request: HttpRequest): Promise<Verdict> {
  if (!["GET", "HEAD", "POST"].includes(request.method)) return "next";
  const path = pathOf(request);
  let files: string[];
  try {
    const names = await readdir(Buffer.from(path, "latin1"), { encoding: "latin1" });
    const shown = names.filter((name) => !name.startsWith("."));
    const found = await Promise.all(shown.map((name) => isFile(path + name)));
    files = shown.filter((_, at) => found[at]);
  } catch (error) {
    const { code = "EIO", errno = -5 } = error as NodeJS.ErrnoException;
    return refuse(request, path, { code, number: -errno }, "opendir()");
  }
  if (request.isFinished) return "done";
  const name = files[Math.floor(Math.random() * files.length)];
  if (name === undefined) return "next";
  redirectTo(request, request.uri + name, request.args);
  return "done";
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await stat(Buffer.from(path, "latin1"))).isFile();
  } catch {
    return false;
  }
}
