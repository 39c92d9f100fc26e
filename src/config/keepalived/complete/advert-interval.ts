import type { Say } from "./instance.js";

/** Milliseconds, rounded to what the version's packets can say: whole seconds up to 255, or 10 ms up to 40.95 s. */
export function advertInterval(milliseconds: number, version: 2 | 3, say: Say): number {
  const unit = version === 2 ? 1000 : 10;
  const most = version === 2 ? 255_000 : 40_950;
  const shown = `VRRPv${version} advertisement interval ${milliseconds / 1000}s`;
  if (milliseconds > most + unit - 0.001 || milliseconds >= most + unit) {
    say(
      "advert_int",
      "advert-interval",
      `${shown} is out of range. Must be less than ${(most + unit) / 1000}s. Setting to ${most / 1000}s`,
      `Write ${most / 1000} at most.`,
    );
    return most;
  }
  if (milliseconds % unit !== 0) {
    const rounded = Math.max(unit, Math.floor((milliseconds + unit / 2) / unit) * unit);
    const message = version === 2 ? "must be an integer. rounding" : "must be in units of 10ms - rounding";
    say(
      "advert_int",
      "advert-interval",
      `${shown} ${message}`,
      version === 2
        ? `Write ${rounded / 1000}, or version 3 on all routers: it knows fractions.`
        : `Write ${rounded / 1000}.`,
    );
    return rounded;
  }
  return milliseconds;
}
