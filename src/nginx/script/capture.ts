import type { Captured } from "../variables/subject.js";

/** What a group of the last match took; empty where it took no part, or nothing matched. */
export function capturedGroup(captured: Captured | undefined, number: number): string {
  const range = captured?.groups[number];
  return range === undefined ? "" : captured!.text.slice(range[0], range[1]);
}
