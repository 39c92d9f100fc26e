import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, readlinkSync, statSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { Worker } from "node:worker_threads";
import * as sys from "../../src/sys/index.js";

const index = new URL("../../src/sys/index.js", import.meta.url).href;
const home = () => readlinkSync("/proc/thread-self/ns/net");

function asRoot(name: string, work: (t: TestContext) => void | Promise<void>): void {
  test(name, (t) => {
    if (!sys.isRoot()) return t.skip("needs root");
    return work(t);
  });
}

asRoot("a network namespace is made, visited and left", () => {
  const before = home();
  const cookie = sys.networkNamespaceCookie();
  const fd = sys.createNetworkNamespace();
  try {
    assert.equal(home(), before);
    const inside = sys.withNetworkNamespace(fd, () => ({
      link: home(),
      cookie: sys.networkNamespaceCookie(),
      interfaces: Object.keys(networkInterfaces()),
    }));
    assert.notEqual(inside.link, before);
    assert.notEqual(inside.cookie, cookie);
    assert.deepEqual(inside.interfaces, [], "lo is down there");
    assert.equal(home(), before);
    assert.throws(
      () =>
        sys.withNetworkNamespace(fd, () => {
          throw new Error("inside");
        }),
      /inside/,
    );
    assert.equal(home(), before);
    assert.throws(() => sys.withNetworkNamespace(fd, async () => {}), { code: "asynchronous-hop" });
    assert.equal(home(), before);
    assert.equal(sys.networkNamespaceCookie(), cookie);
  } finally {
    sys.close(fd);
  }
  assert.throws(() => sys.withNetworkNamespace(9999, () => 0), { errnoName: "EBADF" });
});

asRoot("a sysctl below net/ is the namespace's own", () => {
  const fd = sys.createNetworkNamespace();
  try {
    const name = "net.ipv4.conf.lo.forwarding";
    const outside = sys.readSysctl(name);
    sys.withNetworkNamespace(fd, () => {
      const other = sys.readSysctl(name) === "1" ? 0 : 1;
      sys.writeSysctl(name, other);
      assert.equal(sys.readSysctl(name), String(other));
    });
    assert.equal(sys.readSysctl(name), outside);
  } finally {
    sys.close(fd);
  }
});

asRoot("a pinned namespace is seen by who had mounts of its own before", async () => {
  const NSFS_MAGIC = 0x6e736673;
  const paths = [1, 2].map((number) => `/run/netns/rondo-test-${process.pid}-${number}`) as [string, string];
  const fd = sys.createNetworkNamespace();
  let other: ChildProcess | undefined;
  try {
    sys.pinNamespace(fd, paths[0]);
    assert.throws(() => sys.pinNamespace(fd, paths[0]), { code: "namespace-exists" });
    const again = sys.openNamespace(paths[0]);
    const cookie = sys.withNetworkNamespace(fd, sys.networkNamespaceCookie);
    assert.equal(sys.withNetworkNamespace(again, sys.networkNamespaceCookie), cookie);
    sys.close(again);

    const script = `import * as sys from ${JSON.stringify(index)};
      sys.unshare(sys.CLONE_FS | sys.CLONE_NEWNS);
      sys.mount("none", "/", "none", sys.MS_SLAVE | sys.MS_REC);
      process.stdin.once("data", () => { console.log(sys.mountedType(${JSON.stringify(paths[1])})); process.exit(); });
      console.log("ready");`;
    other = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const answers = createInterface({ input: other.stdout! })[Symbol.asyncIterator]();
    assert.equal((await answers.next()).value, "ready");
    sys.pinNamespace(fd, paths[1]);
    other.stdin!.write("look\n");
    assert.equal(Number((await answers.next()).value), NSFS_MAGIC);
  } finally {
    other?.kill("SIGKILL");
    sys.close(fd);
    for (const path of paths) {
      sys.unpinNamespace(path);
      sys.unpinNamespace(path);
    }
  }
  assert.deepEqual(paths.filter(existsSync), []);
});

asRoot("a worker lives in a namespace of its own", async () => {
  const fd = sys.createNetworkNamespace();
  const there = sys.withNetworkNamespace(fd, home);
  const script = `const { parentPort, workerData } = require("node:worker_threads");
    import(${JSON.stringify(index)}).then((sys) => { sys.enterNetworkNamespace(workerData);
      parentPort.postMessage(require("node:fs").readlinkSync("/proc/thread-self/ns/net")); });`;
  const worker = new Worker(script, { eval: true, workerData: fd });
  const seen = await new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
  await worker.terminate();
  sys.close(fd);
  assert.equal(seen, there);
  assert.notEqual(home(), there);
});

asRoot("the machine's bpffs is found and mounted", () => {
  const path = sys.ensureBpffs();
  assert.equal(sys.mountedType(path), sys.BPF_FS_MAGIC);
  assert.equal(sys.ensureBpffs(), path);
});

asRoot(
  "a process with mounts of its own reaches the machine's bpffs, and keeps its folder and mounts",
  () => {
    const script = `
    import * as sys from ${JSON.stringify(index)};
    import { readlinkSync, statSync } from "node:fs";
    sys.unshare(sys.CLONE_FS | sys.CLONE_NEWNS | sys.CLONE_NEWNET);
    sys.mount("none", "/", "none", sys.MS_SLAVE | sys.MS_REC);
    sys.unmount("/sys", sys.MNT_DETACH);
    sys.mount("sysfs", "/sys", "sysfs");
    process.chdir("/tmp");
    const mounts = () => readlinkSync("/proc/thread-self/ns/mnt");
    const before = mounts();
    const path = sys.ensureBpffs();
    console.log(JSON.stringify({ path, magic: sys.mountedType(path), here: sys.mountedType("/sys/fs/bpf"),
      same: mounts() === before, cwd: readlinkSync("/proc/thread-self/cwd"),
      dev: statSync(path).dev }));`;
    const run = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
    assert.equal(run.stderr, "");
    const seen = JSON.parse(run.stdout);
    assert.match(seen.path, /^\/proc\/\d+\/root\/sys\/fs\/bpf$/);
    assert.equal(seen.dev, statSync(sys.ensureBpffs()).dev, "the same file system as outside");
    assert.equal(seen.magic, sys.BPF_FS_MAGIC);
    assert.notEqual(seen.here, sys.BPF_FS_MAGIC);
    assert.equal(seen.same, true);
    assert.equal(seen.cwd, "/tmp");
  },
);

asRoot("a bpffs is mounted for PID 1 from within mounts of one's own", () => {
  const inside = `
    import * as sys from ${JSON.stringify(index)};
    import { readlinkSync } from "node:fs";
    sys.unshare(sys.CLONE_FS | sys.CLONE_NEWNS);
    sys.mount("none", "/", "none", sys.MS_SLAVE | sys.MS_REC);
    sys.unmount("/sys", sys.MNT_DETACH);
    sys.mount("sysfs", "/sys", "sysfs");
    process.chdir("/tmp");
    const mounts = readlinkSync("/proc/thread-self/ns/mnt");
    const path = sys.ensureBpffs();
    console.log(JSON.stringify({ path, magic: sys.mountedType(path), here: sys.mountedType("/sys/fs/bpf"),
      same: readlinkSync("/proc/thread-self/ns/mnt") === mounts, cwd: readlinkSync("/proc/thread-self/cwd") }));`;
  // PID 1 of a PID namespace of its own, with mounts of its own that have no bpffs.
  const first = `
    import * as sys from ${JSON.stringify(index)};
    import { spawnSync } from "node:child_process";
    while (sys.mountedType("/sys/fs/bpf") === sys.BPF_FS_MAGIC) sys.unmount("/sys/fs/bpf", sys.MNT_DETACH);
    const run = spawnSync(process.execPath, ["--input-type=module", "-e", ${JSON.stringify(inside)}], { encoding: "utf8" });
    process.stderr.write(run.stderr);
    console.log(JSON.stringify({ pid: process.pid, mounted: sys.mountedType("/sys/fs/bpf"), ...JSON.parse(run.stdout) }));`;
  const words = [
    "--pid",
    "--fork",
    "--mount",
    "--mount-proc",
    process.execPath,
    "--input-type=module",
    "-e",
    first,
  ];
  const run = spawnSync("unshare", words, { encoding: "utf8" });
  assert.equal(run.stderr, "");
  const { here, ...seen } = JSON.parse(run.stdout);
  assert.deepEqual(seen, {
    pid: 1,
    mounted: sys.BPF_FS_MAGIC,
    path: "/proc/1/root/sys/fs/bpf",
    magic: sys.BPF_FS_MAGIC,
    same: true,
    cwd: "/tmp",
  });
  assert.notEqual(here, sys.BPF_FS_MAGIC);
});

asRoot("bpf(2) makes a map and says what is wrong with another", () => {
  const attr = Buffer.alloc(72);
  for (const [i, value] of [2, 4, 8, 16].entries()) attr.writeUInt32LE(value, 4 * i);
  sys.close(sys.bpf("BPF_MAP_CREATE", attr));
  attr.writeUInt32LE(0, 4);
  assert.throws(() => sys.bpf("BPF_MAP_CREATE", attr), {
    message: "bpf(BPF_MAP_CREATE): EINVAL: Invalid argument",
  });
  assert.equal(sys.tryBpf("BPF_MAP_CREATE", attr), -sys.Errno["EINVAL"]!);
});
