import { createHash, randomUUID } from "node:crypto";
import {
  constants,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmdirSync,
  rmSync,
  type Stats,
  statSync,
  unlinkSync,
} from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import { namesOf } from "./names.js";
import { Refusal } from "./refusal.js";

/** How much a store takes, in bytes: a lab's disks lie in the machine's memory. */
const usualRoom = 256 * 1024 * 1024;
/** What a file or a folder takes at least. */
const block = 4096;

/** A file that is open, as it is now: whoever replaces it makes another one. */
interface OpenFile {
  readonly file: FileHandle;
  readonly bytes: number;
  /** An entity tag (RFC 9110, section 8.8.3): of another content it is another one. */
  readonly tag: string;
}

/**
 * Files below a folder. What is written is there whole or not at all: it is collected beside the folder, and takes its place by
 * one rename; of two who write the same, the one that ended later stays. Links that lead out of the folder are not followed.
 */
export class Storage {
  readonly #root: string;
  readonly #incoming: string;
  readonly #room: number;
  /** What files take together, and what is being written. */
  #stored: number;
  #coming = 0;

  /** Makes the folder if it isn't there. What an earlier one was in the middle of writing goes. */
  constructor(root: string, room = usualRoom) {
    mkdirSync(root, { recursive: true });
    this.#root = realpathSync(root);
    this.#incoming = `${this.#root}.incoming`;
    this.#room = room;
    rmSync(this.#incoming, { recursive: true, force: true });
    mkdirSync(this.#incoming);
    this.#stored = sizeBelow(this.#root);
  }

  /** Opens a file. Close it after use. @throws Refusal 301, 400, 403, 404 */
  async open(path: string): Promise<OpenFile> {
    const { names } = namesOf(path);
    const place = this.#existing(names, path);
    // A fifo would have it wait for somebody who writes.
    const file = await open(place, constants.O_RDONLY | constants.O_NONBLOCK).catch(() => {
      throw absent(path); // It went in between.
    });
    const stat = await file.stat();
    if (stat.isFile()) return { file, bytes: stat.size, tag: tagOf(stat) };
    await file.close();
    if (stat.isDirectory()) throw new Refusal(301, `the folder is ${path}/`, { Location: `${path}/` });
    throw new Refusal(403, `${path} is no file`);
  }

  /** What a folder has, by name; a folder's name ends in "/". @throws Refusal 400, 403, 404 */
  list(path: string): { name: string; bytes: number }[] {
    const { names } = namesOf(path);
    const folder = this.#existing(names, path);
    if (!statSync(folder).isDirectory()) throw new Refusal(404, `${path.slice(0, -1)} is no folder`);
    return readdirSync(folder)
      .sort()
      .flatMap((name) => {
        const stat = statSync(join(folder, name), { throwIfNoEntry: false });
        if (stat?.isDirectory()) return [{ name: `${name}/`, bytes: 0 }];
        return stat?.isFile() ? [{ name, bytes: stat.size }] : [];
      });
  }

  /**
   * Puts a file in its place once all of it has come; folders on the way are made.
   * @param length how long it says that it is.
   * @returns whether it is new, and its tag.
   * @throws Refusal 400, 403, 409, 507; what broke the content off.
   */
  async write(
    path: string,
    content: AsyncIterable<Uint8Array>,
    length = 0,
  ): Promise<{ made: boolean; tag: string }> {
    const { names, folder } = namesOf(path);
    if (folder) throw new Refusal(400, `${path} is a folder's path: a file's does not end in /`);
    this.#refuseWithout(length);
    const temporary = join(this.#incoming, randomUUID());
    const file = await open(temporary, "wx");
    let bytes = 0;
    try {
      for await (const chunk of content) {
        this.#refuseWithout(chunk.length);
        bytes += chunk.length;
        this.#coming += chunk.length;
        await writeWhole(file, chunk);
      }
      await file.close();
      // From here to the rename nothing else of this program runs.
      return this.#place(temporary, names, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOSPC") throw new Refusal(507, "the disk is full");
      throw error;
    } finally {
      this.#coming -= bytes;
      await file.close().catch(() => {});
      rmSync(temporary, { force: true });
    }
  }

  #place(temporary: string, names: readonly string[], path: string): { made: boolean; tag: string } {
    const target = join(this.#folderFor(names.slice(0, -1), path), names.at(-1)!);
    const before = statSync(target, { throwIfNoEntry: false });
    if (before?.isDirectory()) throw new Refusal(409, `${path} is a folder`);
    const stat = statSync(temporary);
    renameSync(temporary, target);
    this.#stored += sizeOf(stat) - (before ? sizeOf(before) : 0);
    return { made: before === undefined, tag: tagOf(stat) };
  }

  /** Removes a file, or a folder that is empty. @throws Refusal 400, 403, 404, 409 */
  remove(path: string): void {
    const { names, folder } = namesOf(path);
    if (names.length === 0) throw new Refusal(403, "the store's own folder stays");
    const target = join(this.#existing(names.slice(0, -1), path), names.at(-1)!);
    const stat = statSync(target, { throwIfNoEntry: false });
    try {
      if (folder) rmdirSync(target);
      else unlinkSync(target);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "ENOTEMPTY") throw new Refusal(409, `${path} is not empty`);
      if (code === "EISDIR" || code === "EPERM")
        throw new Refusal(409, `${path} is a folder: ${path}/ removes it`);
      throw absent(path);
    }
    this.#stored -= stat ? sizeOf(stat) : 0;
  }

  /** @throws Refusal 507 */
  #refuseWithout(bytes: number): void {
    const isFull = () => this.#stored + this.#coming + bytes > this.#room;
    if (!isFull()) return;
    // Somebody may have taken files away on the host itself.
    this.#stored = sizeBelow(this.#root);
    if (isFull()) throw new Refusal(507, `the store is full: it takes ${this.#room} bytes in all`);
  }

  #existing(names: readonly string[], path: string): string {
    let real: string;
    try {
      real = realpathSync(join(this.#root, ...names));
    } catch {
      throw absent(path);
    }
    if (real !== this.#root && !real.startsWith(`${this.#root}/`))
      throw new Refusal(403, `${path} is a link that leads out of the store`);
    return real;
  }

  /** A folder that a file is to be in; it is made if it isn't there. */
  #folderFor(names: readonly string[], path: string): string {
    let folder = this.#existing([], path);
    for (const depth of names.keys()) {
      const way = names.slice(0, depth + 1);
      try {
        mkdirSync(join(folder, names[depth]!));
        this.#stored += block;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      }
      folder = this.#existing(way, path);
      if (!statSync(folder).isDirectory())
        throw new Refusal(409, `/${way.join("/")} is a file, and no folder`);
    }
    return folder;
  }
}

const absent = (path: string) => new Refusal(404, `there is no ${path}`);

/** One write may take less than all. */
async function writeWhole(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let done = 0; done < chunk.length; ) done += (await file.write(chunk, done)).bytesWritten;
}

const sizeOf = ({ size }: Stats): number => Math.ceil(Math.max(size, 1) / block) * block;

function sizeBelow(folder: string): number {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names.reduce((sum, name) => {
    const stat = statSync(join(folder, name), { throwIfNoEntry: false });
    return sum + (stat ? sizeOf(stat) : 0);
  }, 0);
}

/** Another content is another file, by the rename: inode, size and time tell them apart. */
function tagOf({ ino, size, mtimeMs }: Stats): string {
  return `"${createHash("sha256").update(`${ino} ${size} ${mtimeMs}`).digest("base64url").slice(0, 22)}"`;
}
