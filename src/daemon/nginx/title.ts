import { writeFileSync } from "node:fs";

/** "nginx: worker process" in ps; the process's name, that killall and pidof look for, is nginx. */
export function setTitle(text: string): void {
  process.title = `nginx: ${text}`;
  try {
    writeFileSync("/proc/self/comm", "nginx");
  } catch {
    // It has no such name elsewhere.
  }
}
