import { spawnSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { extname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { RondoError } from "../errors.js";
import { checkTopology } from "./check.js";
import { topologyNamed } from "./topologies/index.js";
import type { Topology } from "./topology.js";

const modules = [".js", ".mjs", ".cjs", ".ts", ".mts", ".cts"];

/**
 * The topology that a person means: one of those there are, by its name, or one of his own, by a path: what has a "/" in
 * it, or ends in .json, .js, .mjs or .ts. A module gives it as its default export.
 * @throws RondoError "unknown-topology", "topology-unreadable", "bad-topology" with all that is wrong.
 */
export async function topologyOf(nameOrPath: string): Promise<Topology> {
  const extension = extname(nameOrPath);
  if (!nameOrPath.includes("/") && extension !== ".json" && !modules.includes(extension))
    return topologyNamed(nameOrPath);
  const value = await contentOf(nameOrPath, extension);
  checkTopology(value, nameOrPath);
  return value;
}

const unreadable = (path: string, why: string, remedy?: string, cause?: unknown) =>
  new RondoError("topology-unreadable", `${path}: ${why}`, { cause, ...(remedy ? { remedy } : {}) });

async function contentOf(path: string, extension: string): Promise<unknown> {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found)
    throw unreadable(path, "there is no such file", "`rondo lab list` tells the topologies that have names.");
  if (!found.isFile()) throw unreadable(path, "this is no file");
  if (extension === ".json") return parsed(path);
  if (!modules.includes(extension))
    throw unreadable(
      path,
      "what kind of file is this?",
      "A topology is a .json, .js, .mjs or .ts file; see docs/manual/lab.md.",
    );
  if (extension.endsWith("ts") && !stripsTypes())
    throw unreadable(
      path,
      `Node ${process.versions.node} can't load TypeScript by itself`,
      "Use Node 22.18 or later; or compile it (`npx tsc --module nodenext FILE.mts`) and give the .mjs file; or write it as .mjs or .json.",
    );
  return await imported(path);
}

/** Whether this Node takes the types out of TypeScript. It tells since 22.10, and in 22.18 began to do it unasked. */
function stripsTypes(): boolean {
  return Boolean((process.features as { typescript?: string | false }).typescript);
}

function parsed(path: string): unknown {
  const content = readFileSync(path, "utf8");
  try {
    return JSON.parse(content);
  } catch (error) {
    const { message } = error as Error;
    const position = /at position (\d+)/.exec(message)?.[1];
    const before = position === undefined ? undefined : content.slice(0, Number(position)).split("\n");
    const where = before ? `line ${before.length}, column ${before.at(-1)!.length + 1}: ` : "";
    throw unreadable(path, `${where}this is no JSON: ${message}`, undefined, error);
  }
}

async function imported(path: string): Promise<unknown> {
  let module: { default?: unknown };
  try {
    module = await import(pathToFileURL(resolve(path)).href);
  } catch (error) {
    if (!(error instanceof Error)) throw unreadable(path, `it threw ${String(error)}`);
    const line = error instanceof SyntaxError ? lineOf(path) : undefined;
    throw unreadable(
      path,
      `${line ? `line ${line}: ` : ""}${error.name}: ${error.message}`,
      undefined,
      error,
    );
  }
  if (module.default !== undefined) return asData(path, module.default);
  throw unreadable(
    path,
    "it exports no default",
    "Write: export default { name: …, networks: …, hosts: … };",
  );
}

/** It is data, which the lab's record keeps: what has a getter that throws, or holds itself, is none. */
function asData(path: string, value: unknown): unknown {
  try {
    JSON.stringify(value);
    return value;
  } catch (error) {
    const why = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw unreadable(path, `its default export is no data, as JSON is: ${why}`, undefined, error);
  }
}

/** The line of a syntax error, which the error that import() throws does not tell, and `node --check` does. */
function lineOf(path: string): string | undefined {
  const { stderr } = spawnSync(process.execPath, ["--check", resolve(path)], { encoding: "utf8" });
  return /^\S+:(\d+)\n/.exec(stderr)?.[1];
}
