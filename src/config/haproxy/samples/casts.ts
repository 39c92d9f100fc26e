import type { SampleType } from "../model/expression.js";

const everything: readonly SampleType[] = ["bool", "sint", "addr", "ipv4", "ipv6", "str", "bin", "meth"];

/** Into what a sample of a type can be turned (sample.c, sample_casts). */
const casts: Readonly<Record<SampleType, readonly SampleType[]>> = {
  any: everything,
  same: everything,
  bool: ["bool", "sint", "str", "bin"],
  sint: ["bool", "sint", "addr", "ipv4", "ipv6", "str", "bin"],
  addr: [],
  ipv4: ["sint", "addr", "ipv4", "ipv6", "str", "bin"],
  ipv6: ["addr", "ipv4", "ipv6", "str", "bin"],
  str: everything,
  bin: ["str", "bin", "meth"],
  meth: ["str", "bin", "meth"],
};

/** Whether a sample of one type can be given where another is wanted. */
export const canCast = (from: SampleType, to: SampleType): boolean =>
  to === "any" || to === "same" || casts[from].includes(to);
