class Killed extends Error {}

/** Counts the calls of a method for which `counts` says so, by its receiver and arguments, as steps. */
export type Watch = (
  target: object,
  name: string,
  counts: (self: never, ...args: never[]) => boolean,
) => void;

/**
 * Runs `work` as if its process was killed when it is about to do its `last`th step; gives how many it had done. What a step
 * is, `choose` says: the calls that others see.
 */
export function killedAt(last: number, work: () => void, choose: (watch: Watch) => void): number {
  let steps = 0;
  const undo: (() => void)[] = [];
  choose((target, name, counts) => {
    const found = Object.getOwnPropertyDescriptor(target, name);
    const real = (target as Record<string, (...args: never[]) => unknown>)[name]!;
    const watched = function (this: never, ...args: never[]) {
      if (counts(this, ...args)) {
        if (steps === last) throw new Killed();
        steps++;
      }
      return real.apply(this, args);
    };
    Object.defineProperty(target, name, { value: watched, configurable: true, writable: true });
    undo.push(() => {
      if (found) Object.defineProperty(target, name, found);
      else delete (target as Record<string, unknown>)[name];
    });
  });
  try {
    work();
  } catch (error) {
    if (!(error instanceof Killed)) throw error;
  } finally {
    for (const one of undo) one();
  }
  return steps;
}
