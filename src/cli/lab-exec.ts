import { join } from "node:path";
import { RondoError } from "../errors.js";
import { findHost, findProgram, folderOf, requireRoot } from "../lab/index.js";
import { replaceProcess } from "../sys/index.js";
import { writeShims } from "./shims.js";

/**
 * Becomes the command, on the host: terminal, signals and exit status are its own then. Returns only by throwing.
 */
export function execOn(words: readonly string[]): never {
  const { target, lab, rest } = targetOf("exec", words);
  const [command, ...args] = rest;
  if (command === undefined) throw new RondoError("usage", `exec: which command is to run on ${target}?`);
  become(target, lab, () => [command, ...args]);
}

/** As {@link execOn}, with the person's own shell. */
export function shellOn(words: readonly string[]): never {
  const { target, lab, rest } = targetOf("shell", words);
  if (rest.length > 0)
    throw new RondoError("usage", `shell: ${rest[0]} is too much`, {
      remedy: `To run one command: rondo lab exec ${target} ${rest.join(" ")}`,
    });
  become(target, lab, () => [process.env["SHELL"] || "/bin/sh"]);
}

/** Options come before the host; all that follows it is the command's own. */
function targetOf(command: string, words: readonly string[]) {
  let rest = [...words];
  let lab: string | undefined;
  const first = rest[0] ?? "";
  if (first === "--lab") {
    lab = rest[1];
    rest = rest.slice(2);
  } else if (first.startsWith("--lab=")) {
    lab = first.slice("--lab=".length);
    rest = rest.slice(1);
  } else if (first.startsWith("-"))
    throw new RondoError("usage", `${command}: unknown option ${first}`, { remedy: "It knows --lab LAB." });
  const [target, ...more] = rest;
  if (target === undefined)
    throw new RondoError("usage", `${command}: which host?`, {
      remedy: `rondo lab ${command} [--lab LAB] HOST${command === "exec" ? " COMMAND..." : ""}`,
    });
  return { target, lab, rest: more };
}

function become(target: string, labName: string | undefined, words: () => string[]): never {
  requireRoot("entering a lab's host");
  const { lab, host } = findHost(target, labName);
  const shims = join(folderOf(lab.name), "shims");
  writeShims(shims);
  const path = `${shims}:${process.env["PATH"] ?? "/usr/sbin:/usr/bin:/sbin:/bin"}`;
  const argv = words();
  const file = findProgram(argv[0]!, path);
  host.enter();
  // Debian's shells show debian_chroot in their prompt.
  const place = { RONDO_LAB: lab.name, RONDO_HOST: host.name, debian_chroot: host.name };
  replaceProcess(file, argv, { ...process.env, ...place, PATH: path });
}
