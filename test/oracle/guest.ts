import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  createReadStream,
  createWriteStream,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { missingPrograms } from "../lab/running.js";
import { type Cargo, carryProgram } from "./carry.js";
import { cpioArchive } from "./cpio.js";
import { guestImage, lacksImage } from "./image.js";

// A guest is a small machine, emulated in software, whose kernel is Debian's: it has the real IPVS, and it is another kernel than the
// one that tests run on. It tells what is so, never how fast. It has no network but the one that its script makes.

const emulator = "qemu-system-x86_64";

export interface GuestRun {
  /** What root's shell does in /job. */
  readonly script: string;
  /** What is put there, by paths without a slash at their beginning. */
  readonly files?: Cargo;
  /** Programs of this machine that go to /bin there, with their libraries; busybox's and ipvsadm are there. */
  readonly programs?: readonly string[];
  /** MiB; default: 512. What is carried in lies in memory, too. */
  readonly memory?: number;
  /** The time limit; default: 120. */
  readonly seconds?: number;
}

export interface GuestResult {
  /** Of both outputs, in the order of writing. */
  readonly output: string;
  readonly status: number;
}

let reason: string | false | undefined;

/** Why no guest can be run here; false: it can. In CI that is an error. */
export function lacksGuest(): string | false {
  reason ??= reasonAgainst() ?? false;
  if (reason !== false && process.env["CI"] === "true") throw new Error(reason);
  return reason;
}

function reasonAgainst(): string | undefined {
  if (process.arch !== "x64") return "guests are of x86-64";
  const missing = missingPrograms([emulator, "apt-get", "dpkg", "busybox", "depmod", "modprobe"]);
  return missing.length > 0 ? `needs ${missing.join(", ")}` : lacksImage();
}

/** Runs a script in a guest of its own. Throws where it doesn't come to its end in time. */
export async function runGuest(run: GuestRun): Promise<GuestResult> {
  const image = guestImage();
  const work = mkdtempSync(join(tmpdir(), "rondo-guest-"));
  try {
    const path = (name: string) => join(work, name);
    const cargo: Cargo = new Map(run.files);
    for (const program of run.programs ?? []) carryProgram(cargo, program);
    cargo.set("job/script", { kind: "file", data: Buffer.from(run.script) });
    await pipeline(createReadStream(image.base), createWriteStream(path("initrd")));
    writeFileSync(path("initrd"), cpioArchive(cargo), { flag: "a" });
    const words = [
      ...["-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", `${run.memory ?? 512}`],
      ...["-display", "none", "-monitor", "none", "-nic", "none", "-no-reboot"],
      ...["console", "output", "status"].flatMap((name) => ["-serial", `file:${path(name)}`]),
      ...["-kernel", image.kernel, "-initrd", path("initrd")],
      ...["-append", "console=ttyS0 panic=-1 quiet mitigations=off"],
    ];
    const said = await emulated(words, run.seconds ?? 120);
    const read = (name: string) => readFileSync(path(name), "utf8").replaceAll("\r", "");
    const output = read("output");
    const status = read("status").trim();
    if (said === undefined && /^\d+$/.test(status)) return { output, status: Number(status) };
    const why = said ?? "the guest stopped before its script did";
    throw new Error(`${why}\n${output.slice(-2000)}\n${read("console").slice(-2000)}`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Undefined when the guest has turned itself off. */
async function emulated(words: readonly string[], seconds: number): Promise<string | undefined> {
  const child = spawn(emulator, words, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (data: Buffer) => (said += data));
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, seconds * 1000);
  const onExit = () => child.kill("SIGKILL");
  process.on("exit", onExit);
  try {
    const [status] = await once(child, "close");
    if (late) return `the guest didn't end in ${seconds} s`;
    return status === 0 ? undefined : `${emulator}: status ${status}: ${said}`;
  } finally {
    clearTimeout(timer);
    process.off("exit", onExit);
  }
}
