import { usageError } from "./command-io.js";

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** Reads "60s", "2m", "1h30m", "500ms", or seconds as a number alone; gives milliseconds. */
export function readDuration(text: string, option: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  const parts = [...text.matchAll(/(\d{1,9})(ms|s|m|h)/g)];
  if (parts.length > 0 && parts.map(([part]) => part).join("") === text)
    return parts.reduce((sum, [, count, unit]) => sum + Number(count) * units[unit!]!, 0);
  throw usageError(`${option} ${text}: it takes a time like 60s, 2m or 1h30m`);
}

/** "45s", "2m05s", "1h00m": for people. What is left is rounded up, what is past as usual. */
export function durationText(milliseconds: number, round: (seconds: number) => number = Math.ceil): string {
  const seconds = Math.max(0, round(milliseconds / 1000));
  const two = (value: number) => `${value}`.padStart(2, "0");
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${two(seconds % 60)}s`;
  return `${Math.floor(seconds / 3600)}h${two(Math.floor(seconds / 60) % 60)}m`;
}
