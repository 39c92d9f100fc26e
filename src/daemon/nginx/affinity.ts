/** A mask's CPUs: its last character is CPU 0 ("0110": 1 and 2); spaces only divide. */
function cpusIn(mask: string): number[] {
  const bits = [...mask.replaceAll(" ", "")].reverse();
  return bits.flatMap((bit, cpu) => (bit === "1" ? [cpu] : []));
}

/**
 * The CPUs of a worker by the words of `worker_cpu_affinity` (ngx_get_cpu_affinity): each has its mask, those for which there is none the last one;
 * with `auto` each has one CPU, of all or of those of a mask, in turn. undefined: any.
 */
export function cpusOf(
  words: readonly string[] | undefined,
  worker: number,
  cpuCount: number,
): readonly number[] | undefined {
  const [first, mask] = words ?? [];
  if (words === undefined || first === undefined) return undefined;
  if (first !== "auto") return cpusIn(words[Math.min(worker, words.length - 1)] as string);
  const all = mask === undefined ? Array.from({ length: cpuCount }, (_, cpu) => cpu) : cpusIn(mask);
  const cpu = all[worker % all.length];
  return cpu === undefined ? undefined : [cpu];
}

/** What is to be told of masks for another number of workers than there are. */
export function unequalMasks(words: readonly string[] | undefined, workers: number): string | undefined {
  const count = words === undefined || words[0] === "auto" ? 0 : words.length;
  if (count <= 1 || count === workers) return undefined;
  return 'the number of "worker_processes" is not equal to the number of "worker_cpu_affinity" masks, using last mask for remaining worker processes';
}
