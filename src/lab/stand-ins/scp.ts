import { randomBytes } from "node:crypto";
import { appendFileSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { hostname } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { IpAddress } from "../../wire/index.js";
import { controlOf } from "../host-init.js";
import { programPath } from "../programs.js";
import { folderOf, folderOfHost, readState } from "../state.js";
import type { Standing } from "./out.js";

/** ssh's. */
const port = 22;
const patience = 10_000; // milliseconds

/** What goes before a file's bytes, in a line of JSON. */
interface Announcement {
  readonly path: string;
  readonly name: string;
  readonly mode: number;
}

/**
 * `scp FILE [USER@]ADDRESS:PATH`: the file goes over the lab's network to the host that has the address, which is asked to
 * receive it: no host has an ssh server. So an address that can't be reached is not.
 */
export async function scp(words: readonly string[], standing: Standing): Promise<number> {
  const [source, target, ...more] = words.filter((word) => !word.startsWith("-"));
  const [, address, path] = /^(?:[^@]*@)?\[?([0-9a-fA-F.:]+?)\]?:(.*)$/.exec(target ?? "") ?? [];
  const bytes = source === undefined ? undefined : contents(source);
  if (source === undefined || more.length > 0 || !address || !IpAddress.parse(address)) {
    standing.complain("on a lab's host, scp knows `scp FILE [USER@]ADDRESS:PATH`");
    return 1;
  }
  if (!bytes) {
    standing.complain(`scp: ${source}: no such file`);
    return 1;
  }
  const script = askToReceive(standing.lab, address);
  try {
    const head: Announcement = { path: path!, name: basename(source), mode: statSync(source).mode & 0o777 };
    const answer = await send(address, Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), bytes]));
    if (answer === "ok") return 0;
    standing.complain(`scp: ${answer}`);
  } catch (error) {
    standing.complain(`scp: ${address}: ${(error as Error).message}`);
  } finally {
    rmSync(script, { force: true });
  }
  return 1;
}

function contents(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined;
  }
}

/** Has every other host of the lab start to receive at an address; those that don't have it can't. */
function askToReceive(lab: string, address: string): string {
  const script = join(folderOf(lab), `receive-${randomBytes(4).toString("hex")}`);
  const words = [process.execPath, programPath("stand-in"), lab, "receive", address];
  writeFileSync(script, `exec ${words.map((word) => `'${word}'`).join(" ")}\n`);
  const others =
    readState(lab)?.hosts.filter(({ name, role }) => role !== "switch" && name !== hostname()) ?? [];
  for (const { name } of others) {
    const folder = folderOfHost(lab, name);
    if (readdirSync(folder).includes("control"))
      appendFileSync(controlOf(folder), `${script}\n`, { flag: "r+" });
  }
  return script;
}

async function send(address: string, bytes: Buffer): Promise<string> {
  const end = Date.now() + patience;
  for (;;) {
    try {
      return await exchange(address, bytes, end - Date.now());
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ECONNREFUSED" || Date.now() > end) throw error;
      await sleep(50);
    }
  }
}

function exchange(address: string, bytes: Buffer, timeout: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect({ host: address, port }, () => socket.end(bytes));
    const timer = setTimeout(() => socket.destroy(new Error("connection timed out")), Math.max(1, timeout));
    socket.on("data", (data) => (answer += data.toString()));
    socket.once("error", reject);
    socket.once("close", () => {
      clearTimeout(timer);
      resolve(answer.trim() || "the connection broke");
    });
  });
}

/** What the asked host runs: receives one file at an address of its own, and puts it where the sender said. */
export async function receive([address = ""]: readonly string[]): Promise<number> {
  const server = createServer({ allowHalfOpen: true });
  const socket = await new Promise<Socket | undefined>((resolve) => {
    server.once("connection", resolve);
    server.once("error", () => resolve(undefined)); // Not its address.
    setTimeout(() => resolve(undefined), patience).unref();
    server.listen(port, address);
  });
  server.close();
  if (!socket) return 1;
  const parts: Buffer[] = [];
  socket.on("data", (part: Buffer) => parts.push(part));
  await new Promise((resolve) => socket.once("end", resolve).once("error", resolve));
  socket.end(`${put(Buffer.concat(parts))}\n`);
  return 0;
}

function put(bytes: Buffer): string {
  try {
    const end = bytes.indexOf("\n");
    const { path, name, mode } = JSON.parse(bytes.subarray(0, end).toString()) as Announcement;
    const there = join(path.startsWith("/") ? "/" : "/root", path);
    const isFolder = path.endsWith("/") || statSync(there, { throwIfNoEntry: false })?.isDirectory();
    writeFileSync(isFolder ? join(there, name) : there, bytes.subarray(end + 1), { mode });
    return "ok";
  } catch (error) {
    return (error as Error).message;
  }
}
