import type { SampleType } from "../model/expression.js";
import type { StickTable } from "../model/table.js";
import { canCast } from "../samples/casts.js";

const keys: Readonly<Record<StickTable["type"], SampleType>> = {
  ip: "ipv4",
  ipv6: "ipv6",
  integer: "sint",
  string: "str",
  binary: "bin",
};

/** Whether a sample can be a key of a table (stktable_compatible_sample). */
export const canBeKey = (type: SampleType, table: StickTable["type"]): boolean => canCast(type, keys[table]);
