import { Attributes } from "./attributes.js";
import { LinkAttribute, linkHeadSize } from "./link.js";
import { MalformedMessageError } from "./malformed.js";
import { Structure } from "./structure.js";

/*
 * struct rtnl_link_stats64 (include/uapi/linux/if_link.h): numbers of 64 bits; these are the first eight.
 *
 *   0            8            16           24           32          40          48           56           64
 *   | rx packets | tx packets |  rx bytes  |  tx bytes  | rx errors | tx errors | rx dropped | tx dropped | ...
 */
const size = 64;

/** Counters of a link. Numbers are exact up to 2^53. */
export interface LinkStatistics {
  readonly received: DirectionStatistics;
  readonly sent: DirectionStatistics;
}

interface DirectionStatistics {
  readonly packets: number;
  readonly bytes: number;
  readonly errors: number;
  readonly dropped: number;
}

/** Reads the statistics in the body of RTM_NEWLINK. */
export function parseStatistics(body: Uint8Array): LinkStatistics {
  const { rest } = Structure.split(body, linkHeadSize, "ifinfomsg");
  const value = Attributes.parse(rest).bytes(LinkAttribute.stats64);
  if (!value) throw new MalformedMessageError("a link without statistics");
  const { head } = Structure.split(value, size, "rtnl_link_stats64");
  const direction = (offset: number): DirectionStatistics => ({
    packets: head.u64(offset),
    bytes: head.u64(offset + 16),
    errors: head.u64(offset + 32),
    dropped: head.u64(offset + 48),
  });
  return { received: direction(0), sent: direction(8) };
}
