import { chmodSync, chownSync, linkSync, renameSync, rmSync } from "node:fs";
import { boundSocket, close } from "../../sys/index.js";
import { BindError, refusal } from "./bind-error.js";
import { type Binding, begin } from "./binding.js";

/**
 * A socket of a temporary name takes the place of the old one at once (rename): who connects finds one or the other, and the old process
 * keeps its own for those it has. @throws BindError
 */
export function bindPath(path: string, binding: Binding): number {
  const { plan, listening, options, warn } = binding;
  const temporary = `${path}.${process.pid}.tmp`;
  const backup = `${path}.${process.pid}.bak`;
  if (Buffer.byteLength(temporary) > 107)
    throw new BindError(`name too long for UNIX socket (limit usually 97) [${path}]`, false);
  const step = (what: string, work: () => void, mayBeMissing = false) => {
    try {
      work();
    } catch (error) {
      if (mayBeMissing && (error as NodeJS.ErrnoException).code === "ENOENT") return;
      throw refusal(what, error, `[${path}]`, false);
    }
  };
  step("error when trying to unlink previous UNIX socket", () => {
    rmSync(temporary, { force: true });
    rmSync(backup, { force: true });
  });
  step("error when trying to preserve previous UNIX socket", () => linkSync(path, backup), true);
  let fd: number;
  try {
    fd = boundSocket({ path: temporary }, listening, warn);
  } catch (error) {
    rmSync(backup, { force: true });
    throw refusal("cannot bind UNIX socket", error, `[${path}]`, false);
  }
  try {
    const { bind } = plan;
    const uid = bind.uid ?? options.unix.uid;
    const gid = bind.gid ?? options.unix.gid;
    const mode = bind.mode ?? options.unix.mode;
    step("cannot change UNIX socket ownership", () => {
      if (uid !== undefined || gid !== undefined)
        chownSync(temporary, uid ?? process.getuid!(), gid ?? process.getgid!());
      if (mode !== undefined && mode !== 0) chmodSync(temporary, mode);
    });
    // Before it has its name: who connects by the name is never refused.
    begin(fd, binding, `[${path}]`);
    step("cannot switch final and temporary UNIX sockets", () => renameSync(temporary, path));
  } catch (error) {
    rmSync(temporary, { force: true });
    rmSync(backup, { force: true });
    try {
      close(fd);
    } catch {
      // It was closed where listening failed.
    }
    throw error;
  }
  rmSync(backup, { force: true });
  return fd;
}
