import { type FileHandle, open } from "node:fs/promises";
import type { AnswerBody } from "../answer/send.js";
import type { HttpRequest } from "../request.js";

/** A file that is open, and what it is. */
export interface OpenFile {
  readonly handle: FileHandle;
  readonly size: number;
  readonly modifiedSeconds: number;
}

export type Opened =
  | { readonly kind: "file"; readonly file: OpenFile }
  | { readonly kind: "folder" }
  /** `code` as Node's: ENOENT, EACCES … */
  | { readonly kind: "failed"; readonly code: string; readonly number: number };

/** Opens what a path of bytes names: a file, or a folder, which is only told. */
export async function openPath(path: string): Promise<Opened> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(Buffer.from(path, "latin1"), "r");
    const stat = await handle.stat();
    if (stat.isFile())
      return {
        kind: "file",
        file: { handle, size: stat.size, modifiedSeconds: Math.floor(stat.mtimeMs / 1000) },
      };
    await handle.close();
    return stat.isDirectory() ? { kind: "folder" } : { kind: "failed", code: "EACCES", number: 13 };
  } catch (error) {
    await handle?.close().catch(() => {});
    const { code = "EIO", errno = -5 } = error as NodeJS.ErrnoException;
    return { kind: "failed", code, number: -errno };
  }
}

const pieceSize = 64 * 1024;

/** Sends bytes of a file, as fast as the client takes them, and closes it. Of one that became shorter meanwhile the connection is broken off. */
export async function sendFile(
  request: HttpRequest,
  { handle }: OpenFile,
  body: AnswerBody,
  parts: readonly (readonly [from: number, to: number] | Buffer)[],
): Promise<void> {
  const buffer = Buffer.allocUnsafe(pieceSize);
  try {
    for (const part of parts) {
      if (part instanceof Buffer) {
        body.write(part);
        continue;
      }
      const [from, to] = part as readonly [number, number];
      for (let at = from; at < to; ) {
        const { bytesRead } = await handle.read(buffer, 0, Math.min(pieceSize, to - at), at);
        if (request.isFinished) return;
        if (bytesRead === 0) return request.exchange.abort();
        at += bytesRead;
        if (!body.write(buffer.subarray(0, bytesRead)) && !(await drained(request, body))) return;
      }
    }
    body.end();
  } finally {
    await handle.close();
  }
}

/** Waits until more is taken; false: the client has gone. */
function drained(request: HttpRequest, body: AnswerBody): Promise<boolean> {
  return new Promise((resolve) => {
    body.onDrain = () => resolve(true);
    request.onEnd.push(() => resolve(false));
  });
}
