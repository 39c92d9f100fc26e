import { existsSync, readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** Whatever on this machine has the text in its name: namespaces, files of labs, processes. */
export function leftovers(text: string): string[] {
  const files = ["/run/netns", "/run/rondo/lab"].flatMap((folder) =>
    existsSync(folder) ? readdirSync(folder).map((name) => `${folder}/${name}`) : [],
  );
  const processes = readdirSync("/proc")
    .filter((pid) => /^\d+$/.test(pid) && Number(pid) !== process.pid)
    .map((pid) => `process ${pid}: ${commandLine(pid)}`);
  return [...files, ...processes].filter((name) => name.includes(text));
}

/** Waits until nothing is left, at most for so many milliseconds; gives what is left then. */
export async function leftAfter(text: string, milliseconds: number): Promise<string[]> {
  const end = Date.now() + milliseconds;
  for (;;) {
    const left = leftovers(text);
    if (left.length === 0 || Date.now() > end) return left;
    await sleep(20);
  }
}

function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ");
  } catch {
    return "";
  }
}
