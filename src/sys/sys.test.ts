import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import * as sys from "./index.js";

const folder = mkdtempSync(join(tmpdir(), "rondo-sys-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const index = new URL("./index.js", import.meta.url).href;

test("a system call's failure names call, errno and sentence", () => {
  assert.throws(
    () => sys.openFile(`${folder}/nothing`),
    (error) => {
      assert.ok(sys.SystemError.is(error, "ENOENT"));
      assert.equal(error.message, `open(${folder}/nothing): ENOENT: No such file or directory`);
      assert.equal(error.errno, sys.Errno["ENOENT"]);
      assert.equal(error.code, "system-call");
      return true;
    },
  );
  assert.equal(sys.errnoName(524), "ENOTSUPP");
  assert.equal(sys.errnoName(9999), "errno 9999");
  assert.equal(sys.SystemError.is(new sys.SystemError("bpf", 1), "ENOENT"), false);
});

test("mapped memory is the file's own bytes, in both directions", () => {
  const path = join(folder, "mapped");
  writeFileSync(path, Buffer.alloc(2 * sys.pageSize(), "a"));
  const fd = sys.openFile(path, 2);
  const one = sys.mapMemory(fd, 10, { write: true });
  const two = sys.mapMemory(fd, sys.pageSize(), { offset: sys.pageSize() });
  const again = sys.mapMemory(fd, 2 * sys.pageSize(), { write: true });
  assert.equal(one.length, sys.pageSize());
  again.bytes[0] = 0x7a;
  again.bytes[sys.pageSize()] = 0x79;
  assert.equal(one.bytes[0], 0x7a);
  assert.equal(two.bytes[0], 0x79);
  sys.close(fd);
  const kept = one.bytes;
  one.unmap();
  one.unmap();
  assert.throws(() => one.bytes, { code: "unmapped" });
  assert.equal(kept[0], 0, "a Buffer that was kept reads as zeroes and ends nothing");
  kept[0] = 1;
  assert.equal(again.bytes[0], 0x7a);
  two.unmap();
  again.unmap();
  assert.throws(() => sys.mapMemory(-1, 10), { errnoName: "EBADF" });
  assert.throws(() => sys.mapMemory(0, 0), { code: "mapping-size" });
  assert.throws(() => sys.mapMemory(0, 2 ** 33), { code: "mapping-size" });
});

test("addresses of Buffers are those of their first byte", () => {
  const buffer = Buffer.from(new ArrayBuffer(64));
  assert.equal(sys.addressOf(buffer.subarray(16)) - sys.addressOf(buffer), 16n);
  assert.equal(sys.addressOf(Buffer.alloc(0)), 0n);
});

test("a folder's lock excludes, waits, and follows the folder that is there", async () => {
  const path = join(folder, "lock");
  mkdirSync(path);
  const first = sys.lockFolder(path);
  const begin = Date.now();
  assert.throws(() => sys.lockFolder(path, 60), { code: "folder-locked", message: new RegExp(path) });
  assert.ok(Date.now() - begin >= 60);
  first.release();
  first.release();
  sys.lockFolder(path, 0).release();
  assert.throws(() => sys.lockFolder(`${path}/none`), { errnoName: "ENOENT" });

  const holder = spawn(
    process.execPath,
    [
      "--input-type=module",
      "-e",
      `import { lockFolder } from ${JSON.stringify(index)};
      const lock = lockFolder(${JSON.stringify(path)}); console.log("held");
      setTimeout(() => lock.release(), 150); setTimeout(() => {}, 10_000);`,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  try {
    await once(holder.stdout, "data");
    const waited = Date.now();
    sys.lockFolder(path).release();
    assert.ok(Date.now() - waited >= 50, "it waited for the other process");
  } finally {
    holder.kill("SIGKILL");
  }
});

test("sockaddr builders", () => {
  assert.equal(sys.netlinkAddress(7, 0x80000001).toString("hex"), "100000000700000001000080");
  assert.equal(
    sys.packetAddress(0x0806, 3, Uint8Array.of(1, 2, 3, 4, 5, 6)).toString("hex"),
    "1100080603000000000000060102030405060000",
  );
  assert.equal(
    sys.inetAddress(Uint8Array.of(127, 0, 0, 1), 80).toString("hex"),
    "020000507f0000010000000000000000",
  );
  const six = sys.inetAddress(new Uint8Array(16).fill(1), 443, 5);
  assert.equal(six.toString("hex"), `0a0001bb00000000${"01".repeat(16)}05000000`);
  assert.throws(() => sys.inetAddress(new Uint8Array(5), 1), { code: "address-length" });
  assert.throws(() => sys.inetAddress(new Uint8Array(4), 65536), { code: "port-range" });
  assert.throws(() => sys.packetAddress(1, 1, new Uint8Array(9)), { code: "address-length" });
});

test("datagrams go between sockets, and a ready set tells when", async () => {
  const loopback = Uint8Array.of(127, 0, 0, 1);
  const receiver = sys.socket(sys.AF_INET, sys.SOCK_DGRAM | sys.SOCK_NONBLOCK);
  const sender = sys.socket(sys.AF_INET, sys.SOCK_DGRAM);
  const set = new sys.ReadySet();
  try {
    sys.bind(receiver, sys.inetAddress(loopback, 0));
    const address = sys.localAddress(receiver);
    assert.equal(address.length, 16);
    const buffer = Buffer.alloc(16);
    assert.equal(sys.receive(receiver, buffer), undefined);
    const ready = new Promise<sys.Readiness>((resolve) => set.add(receiver, resolve));
    assert.throws(() => set.add(receiver, () => {}), { errnoName: "EEXIST" });
    assert.throws(() => set.add(9999, () => {}), { errnoName: "EBADF" });
    assert.equal(sys.sendTo(sender, Buffer.from("ciao"), address), 4);
    assert.deepEqual(await ready, { readable: true, writable: false, hangup: false, error: false });
    const from = Buffer.alloc(128);
    assert.deepEqual(sys.receiveFrom(receiver, buffer, from), { length: 4, senderLength: 16 });
    assert.equal(buffer.toString("latin1", 0, 4), "ciao");
    assert.equal(from.readUInt16BE(2), sys.localAddress(sender).readUInt16BE(2));
    set.remove(receiver);
    set.remove(receiver);

    let calls = 0;
    await new Promise<void>((resolve) => {
      set.add(
        sender,
        ({ writable }) => {
          assert.ok(writable);
          if (++calls === 3) {
            set.remove(sender);
            resolve();
          }
        },
        { write: true },
      );
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(calls, 3, "level-triggered until removed, then silent");
  } finally {
    set.close();
    set.close();
    sys.close(receiver);
    sys.close(sender);
  }
  assert.throws(() => set.add(0, () => {}), { code: "ready-set-closed" });
  assert.throws(() => sys.socket(255, 1), { errnoName: "EAFNOSUPPORT" });
});

test("what a callback removes is not called any more in the same round", async () => {
  const sockets = [0, 1].map(() => sys.socket(sys.AF_INET, sys.SOCK_DGRAM));
  const set = new sys.ReadySet();
  const called: number[] = [];
  for (const fd of sockets)
    set.add(
      fd,
      () => {
        called.push(fd);
        for (const other of sockets) set.remove(other);
      },
      { write: true },
    );
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.equal(called.length, 1);
  set.close();
  sockets.forEach(sys.close);
});

test("a ready set without descriptors, or after unref, lets the process end", () => {
  const run = (lines: string) =>
    spawnSync(
      process.execPath,
      [
        "--input-type=module",
        "-e",
        `import * as sys from ${JSON.stringify(index)};
      const set = new sys.ReadySet(); const fd = sys.socket(sys.AF_INET, sys.SOCK_DGRAM); ${lines}`,
      ],
      {
        timeout: 5000,
        encoding: "utf8",
      },
    );
  assert.equal(run("").status, 0);
  assert.equal(run("set.add(fd, () => {}); set.unref();").status, 0);
  assert.equal(run("set.add(fd, () => {}); set.remove(fd);").status, 0);
  const kept = run(
    "set.add(fd, () => {}); setTimeout(() => { console.log('alive'); set.remove(fd); }, 50).unref();",
  );
  assert.equal(kept.stdout, "alive\n");
});

test("two servers share a port by SO_REUSEPORT", async () => {
  const loopback = Uint8Array.of(127, 0, 0, 1);
  const first = sys.listenReusable(loopback, 0);
  const port = sys.localAddress(first).readUInt16BE(2);
  const second = sys.listenReusable(loopback, port);
  const servers = [first, second].map((fd) => createServer((socket) => socket.end()).listen({ fd }));
  try {
    await Promise.all(servers.map((server) => once(server, "listening")));
    for (const server of servers) assert.equal((server.address() as { port: number }).port, port);
  } finally {
    for (const server of servers) server.close();
  }
  const six = sys.listenReusable(new Uint8Array(16), port);
  sys.close(six);
});

test("options are set and got", () => {
  const fd = sys.socket(sys.AF_INET, sys.SOCK_DGRAM);
  sys.setOption(fd, sys.SOL_SOCKET, sys.SO_BROADCAST, 1);
  assert.equal(sys.getOption(fd, sys.SOL_SOCKET, sys.SO_BROADCAST).readInt32LE(0), 1);
  assert.throws(() => sys.getOption(fd, 1, 9999), { errnoName: "ENOPROTOOPT" });
  sys.close(fd);
  assert.throws(() => sys.close(fd), { errnoName: "EBADF" });
});

test("sysctls are read by text or by parts, and bad names are refused", () => {
  assert.match(sys.readSysctl("kernel.ostype"), /^Linux$/);
  assert.match(sys.readSysctl(["net", "ipv4", "conf", "lo", "forwarding"]), /^[01]$/);
  assert.throws(() => sys.readSysctl("kernel.no_such_thing"), {
    code: "no-sysctl",
    message: /kernel\.no_such_thing/,
  });
  assert.throws(() => sys.readSysctl(["net", "..", "kernel"]), { code: "bad-sysctl" });
  assert.throws(() => sys.writeSysctl("net/ipv4", 1), { code: "bad-sysctl" });
});

test("kernel versions", () => {
  assert.deepEqual(sys.kernelVersion("6.1.0-18-amd64"), {
    major: 6,
    minor: 1,
    patch: 0,
    text: "6.1.0-18-amd64",
  });
  assert.deepEqual(sys.kernelVersion("5.17-rc3"), { major: 5, minor: 17, patch: 0, text: "5.17-rc3" });
  assert.ok(sys.kernelVersion().major >= 4);
});

test("a process becomes another program, which has ordinary signals", () => {
  const script = `import { replaceProcess } from ${JSON.stringify(index)};
    replaceProcess("/bin/sh", ["sh", "-c", 'echo "$0 $X $$"; kill -PIPE $$; echo not reached', "zero"], { X: "é" });`;
  const run = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  assert.equal(run.stdout, `zero é ${run.pid}\n`);
  assert.equal(run.signal, "SIGPIPE");
  assert.throws(() => sys.replaceProcess("/no/such", ["x"]), { errnoName: "ENOENT" });
});

test("a process dies with its parent", async () => {
  const child = `import { dieWithParent } from ${JSON.stringify(index)};
    dieWithParent("SIGKILL"); console.log(process.pid); setTimeout(() => {}, 20_000);`;
  const parent = spawn(
    process.execPath,
    [
      "-e",
      `require("child_process").spawn(process.execPath, ["--input-type=module", "-e", ${JSON.stringify(child)}], { stdio: "inherit" });`,
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const pid = Number(String((await once(parent.stdout, "data"))[0]));
  assert.equal(sys.signalProcess(pid, 0), true);
  parent.kill("SIGKILL");
  for (let i = 0; i < 100 && alive(pid); i++) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(alive(pid), false);

  const orphan = spawnSync(process.execPath, [
    "--input-type=module",
    "-e",
    `import { dieWithParent } from ${JSON.stringify(index)}; dieWithParent("SIGTERM", 999999999); setTimeout(() => {}, 20_000);`,
  ]);
  assert.equal(orphan.signal, "SIGTERM", "a parent that is gone already");
});

/** Whether the process runs: one that only waits to be collected does not. */
function alive(pid: number): boolean {
  if (!sys.signalProcess(pid, 0)) return false;
  const { stdout } = spawnSync("cat", [`/proc/${pid}/stat`], { encoding: "utf8" });
  return stdout !== "" && !/\) [ZX] /.test(stdout);
}
