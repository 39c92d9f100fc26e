/** Milliseconds of a clock that all threads and workers share and that never goes back. It begins late enough for "never" to be 0. */
export type Clock = () => number;

const BEGIN = 1e9;
/** performance.now() begins anew in each thread; the system's clock that it goes by is one for all. */
const offset = Number(process.hrtime.bigint()) / 1e6 - performance.now();

export const sharedNow: Clock = () => BEGIN + offset + performance.now();

/** nginx counts failures by whole seconds. */
export function seconds(milliseconds: number): number {
  return Math.floor(milliseconds / 1000);
}
