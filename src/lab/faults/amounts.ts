import { RondoError } from "../../errors.js";

/** The longest delay: a packet that is held longer is of no use to anybody's retransmissions. */
export const longestDelay = 10_000;

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** "500ms", "1.5s", "2m" as milliseconds; undefined for anything else. */
export function readTime(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,9}(?:\.\d{1,6})?)(ms|s|m|h)$/.exec(text) ?? [];
  return count === undefined ? undefined : Math.round(Number(count) * units[unit!]! * 1000) / 1000;
}

/** "5%", "0.5%" as 5 and 0.5. @throws RondoError "bad-amount" */
export function readPercent(text: string): number {
  const [, digits] = /^(\d{1,3}(?:\.\d{1,6})?)%$/.exec(text) ?? [];
  const percent = Number(digits);
  if (digits !== undefined && percent <= 100) return percent;
  const bare = /^\d{1,3}(\.\d{1,6})?$/.test(text) && Number(text) <= 100;
  throw new RondoError("bad-amount", `loss ${text}: it takes a share from 0% to 100%`, {
    remedy: bare ? `Did you mean ${text}%?` : "As in `rondo lab loss 5% web1`.",
  });
}

/** "50ms", "50ms+-10ms" (or "50ms±10ms"). @throws RondoError "bad-amount" */
export function readDelay(text: string): { milliseconds: number; jitter: number } {
  const [first = "", second, ...more] = text.split(/\+-|±/);
  const milliseconds = readTime(first);
  const jitter = second === undefined ? 0 : readTime(second);
  const wrong = (remedy: string) =>
    new RondoError("bad-amount", `delay ${text}: it takes a time such as 50ms, or 50ms+-10ms`, { remedy });
  if (milliseconds === undefined || jitter === undefined || more.length > 0)
    throw wrong(/^\d+$/.test(text) ? `Did you mean ${text}ms?` : "As in `rondo lab delay 50ms web1`.");
  if (milliseconds > longestDelay) throw wrong(`It may be ${longestDelay / 1000}s at most.`);
  if (jitter > milliseconds)
    throw wrong("A packet can't come before it was sent: the second is at most the first.");
  return { milliseconds, jitter };
}
