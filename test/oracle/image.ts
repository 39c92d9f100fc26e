import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { lockFolder } from "../../src/sys/index.js";
import { type Cargo, carry, carryLibraries, carryProgram } from "./carry.js";
import { cpioArchive } from "./cpio.js";
import { init } from "./init.js";

// The machine that guests are: Debian's kernel with its IPVS, busybox, and Debian's ipvsadm. Packages are downloaded by apt-get and
// unpacked; nothing of them is installed here.

/** Modules of the kernel, loaded in this order with what they need. */
const modules = [
  ..."ip_vs rr wrr lc wlc fo ovf lblc lblcr dh sh sed nq mh ftp twos"
    .split(" ")
    .map((name, at) => (at === 0 ? name : `ip_vs_${name}`)),
  ..."veth bridge dummy macvlan ipip sch_ingress cls_bpf nf_tables".split(" "),
];
const packages = ["ipvsadm", "libnl-3-200", "libnl-genl-3-200", "libpopt0"];
/** Depends on the package of the newest kernel of this Debian. */
const kernelPackage = "linux-image-cloud-amd64";

/** A guest's kernel, and the archive of what every guest has. */
export interface GuestImage {
  readonly kernel: string;
  readonly base: string;
}

/** The image, made where it isn't kept from before. Throws where it can't be. */
export function guestImage(): GuestImage {
  const recipe = JSON.stringify([modules, packages, kernelPackage, init, packedAs]);
  const name = createHash("sha256").update(recipe).digest("hex").slice(0, 16);
  const cache = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "rondo-guest");
  const folder = join(cache, name);
  const image = { kernel: join(folder, "vmlinuz"), base: join(folder, "base.cpio") };
  if (existsSync(folder)) return image;
  mkdirSync(cache, { recursive: true });
  const lock = lockFolder(cache, 300_000);
  try {
    if (!existsSync(folder)) make(cache, folder);
  } finally {
    lock.release();
  }
  return image;
}

/** What of this file makes an image another one; changed by hand with the functions below. */
const packedAs = 2;

function make(cache: string, folder: string): void {
  const work = mkdtempSync(join(cache, "new-"));
  try {
    const kernel = join(work, "kernel");
    const tools = join(work, "tools");
    for (const place of [kernel, tools]) mkdirSync(place);
    unpack(kernel, [newestKernel()]);
    unpack(tools, packages);
    const ready = join(work, "ready");
    mkdirSync(ready);
    writeFileSync(join(ready, "base.cpio"), cpioArchive(baseOf(kernel, tools)));
    const boot = join(kernel, "boot");
    const image = readdirSync(boot).find((name) => name.startsWith("vmlinuz-"))!;
    renameSync(join(boot, image), join(ready, "vmlinuz"));
    for (const old of readdirSync(cache))
      if (!old.startsWith("new-")) rmSync(join(cache, old), { recursive: true });
    renameSync(ready, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function newestKernel(): string {
  const told = () => run("apt-cache", ["depends", kernelPackage], "/");
  const named = () => /linux-image-\d\S*/.exec(told())?.[0];
  let name = named();
  if (name === undefined) {
    run("apt-get", ["-qq", "update"], "/");
    name = named();
  }
  if (name === undefined) throw new Error(`apt knows no ${kernelPackage}`);
  return name;
}

/** Downloads packages and unpacks them below a folder. */
function unpack(folder: string, names: readonly string[]): void {
  const download = () => run("apt-get", ["-qq", "download", ...names], folder);
  try {
    download();
  } catch {
    run("apt-get", ["-qq", "update"], "/");
    download();
  }
  for (const file of readdirSync(folder).filter((each) => each.endsWith(".deb"))) {
    run("dpkg", ["-x", file, "."], folder);
    rmSync(join(folder, file));
  }
}

function baseOf(kernel: string, tools: string): Cargo {
  const cargo: Cargo = new Map();
  for (const folder of ["proc", "sys", "dev", "tmp", "run", "etc", "job", "sbin"])
    cargo.set(folder, { kind: "folder" });
  carry(cargo, "/bin/busybox", "bin/busybox");
  for (const applet of run("/bin/busybox", ["--list"], "/").trim().split("\n"))
    if (applet !== "busybox" && applet !== "sh")
      cargo.set(`bin/${applet}`, { kind: "link", target: "busybox" });
  carryProgram(cargo, "sh"); // busybox's would take its own applets for any program of the same name
  const order = modulesOf(kernel);
  for (const path of order) carry(cargo, join(kernel, path), path);
  const text = (data: string) => ({ kind: "file", data: Buffer.from(data), executable: true }) as const;
  cargo.set("etc/modules.order", text(order.map((path) => `/${path}\n`).join("")));
  cargo.set("etc/passwd", text("root:x:0:0:root:/:/bin/sh\n"));
  cargo.set("etc/hosts", text("127.0.0.1 localhost\n"));
  for (const name of ["services", "protocols"])
    if (existsSync(`/etc/${name}`)) carry(cargo, `/etc/${name}`, `etc/${name}`);
  cargo.set("init", text(init));
  addTools(cargo, tools);
  return cargo;
}

function addTools(cargo: Cargo, tools: string): void {
  const libraries = (readdirSync(tools, { recursive: true }) as string[]).filter((path) =>
    /\.so\.[\d.]+$/.test(path),
  );
  carry(cargo, join(tools, "sbin/ipvsadm"), "sbin/ipvsadm");
  const folders = new Set(libraries.map((path) => dirname(join(tools, path))));
  carryLibraries(cargo, join(tools, "sbin/ipvsadm"), [...folders]);
}

/** Paths of modules below the kernel's folder, each after those that it needs. One that this kernel doesn't have is left out. */
function modulesOf(kernel: string): string[] {
  const version = readdirSync(join(kernel, "lib/modules"))[0]!;
  run("depmod", ["-b", kernel, version], "/");
  const paths = modules.flatMap((name) => {
    const told = run(
      "modprobe",
      ["-d", kernel, "-S", version, "-q", "-n", "--show-depends", name],
      "/",
      true,
    );
    return [...told.matchAll(/^insmod (\S+)/gm)].map(([, path]) =>
      path!.slice(path!.indexOf("/lib/modules/") + 1),
    );
  });
  if (!paths.some((path) => path.endsWith("/ip_vs.ko"))) throw new Error(`${version} has no module ip_vs`);
  return [...new Set(paths)];
}

function run(program: string, words: readonly string[], folder: string, mayFail = false): string {
  const env = { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin:/sbin`, LC_ALL: "C" };
  const options = { cwd: folder, encoding: "utf8", env, timeout: 300_000 } as const;
  const { status, stdout, stderr, error } = spawnSync(program, words, options);
  if (error) throw error;
  if (status !== 0 && !mayFail) throw new Error(`${program} ${words.join(" ")}: ${stderr.trim()}`);
  return stdout;
}

/** Why there is no image and none can be made; undefined: there is. */
export function lacksImage(): string | undefined {
  try {
    readFileSync(guestImage().kernel);
    return undefined;
  } catch (error) {
    return `no kernel for a guest: ${(error as Error).message.split("\n")[0]}`;
  }
}
