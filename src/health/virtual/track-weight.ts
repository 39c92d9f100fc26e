import type { TrackFile } from "../../config/keepalived/model/index.js";
import type { CheckOf } from "../checks/question.js";

const most = 0x7fffffff;

/**
 * What a tracked file's number means for a server: something that is added to its weight, or "fault". Without a weight any
 * number but 0 is a fault; reversed, 0 is.
 */
export function fileWeight(
  check: CheckOf<"FILE_CHECK">,
  file: TrackFile | undefined,
  status: number,
): number | "fault" {
  const own = check.weight !== undefined;
  const weight = own ? check.weight : (file?.weight ?? 0);
  const reverse = own ? check.reverse : (file?.reverse ?? check.reverse);
  if (weight === 0) return (status === 0) === reverse ? "fault" : 0;
  const value = status * weight * (reverse ? -1 : 1) + 0;
  return value < -most ? "fault" : Math.min(value, most);
}
