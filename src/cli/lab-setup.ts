import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { RondoError } from "../errors.js";
import { findProgram, helpful, requireRoot } from "../lab/index.js";
import type { LabIo } from "./lab.js";

/** Says which Debian packages would be of use and are not there; with `install`, installs them. */
export function setup(values: Readonly<Record<string, string | boolean | undefined>>, io: LabIo): number {
  const path = `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin`;
  const missing = helpful.filter(({ command }) => !isThere(command, path));
  io.stdout.write("A lab needs no Debian package. These are of use on its hosts, with `rondo lab exec`:\n");
  for (const entry of helpful) {
    const state = missing.includes(entry) ? "missing" : "there";
    io.stdout.write(
      `  ${entry.package.padEnd(14)} ${entry.command.padEnd(8)} ${state.padEnd(8)} ${entry.use}\n`,
    );
  }
  if (missing.length === 0) return 0;
  const packages = missing.map((entry) => entry.package);
  if (values["install"]) return install(packages, io);
  io.stdout.write(`\`rondo lab setup --install\`, as root, installs: ${packages.join(" ")}\n`);
  return 0;
}

function isThere(command: string, path: string): boolean {
  try {
    findProgram(command, path);
    return true;
  } catch {
    return false;
  }
}

function install(packages: readonly string[], io: LabIo): number {
  requireRoot("installing packages");
  if (!existsSync("/usr/bin/apt-get"))
    throw new RondoError("no-apt", "there is no apt-get here", {
      remedy: `Install with this system's own means: ${packages.join(" ")}`,
    });
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const args of [
    ["update", "-qq"],
    ["install", "-y", "-qq", "--no-install-recommends", ...packages],
  ]) {
    const { status } = spawnSync("/usr/bin/apt-get", args, { stdio: "inherit", env });
    if (status !== 0)
      throw new RondoError("install-failed", `\`apt-get ${args.join(" ")}\` ended with ${status}; see above`);
  }
  io.stdout.write(`installed: ${packages.join(" ")}\n`);
  return 0;
}
