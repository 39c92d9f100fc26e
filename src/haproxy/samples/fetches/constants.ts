import { randomInt, randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { threadId } from "node:worker_threads";
import type { Sample, SampleContext } from "../../run/index.js";
import { parseAddress } from "../cast.js";
import { type Fetches, type MakeFetch, number, text } from "../registry.js";
import { bin, no, sint, str, strOrNone, yes } from "../value.js";

const constant = (sample: Sample | undefined) => (): Sample | undefined => sample;

/** What changes with time: an ACL that doesn't match it may match later. */
const always = (_: SampleContext) => true;

const address: MakeFetch = (arguments_) => constant(parseAddress(text(arguments_, 0) ?? ""));

const date: MakeFetch = (arguments_) => {
  const offset = number(arguments_, 0) ?? 0;
  const unit = text(arguments_, 1) ?? "s";
  const scale = unit === "us" ? 1000 : 1;
  return {
    one: () => {
      const now = Date.now();
      return sint((unit === "s" ? Math.floor(now / 1000) : now * scale) + offset);
    },
    mayChange: always,
  };
};

export const constantFetches: Fetches = {
  always_true: () => constant(yes),
  always_false: () => constant(no),
  str: (arguments_) => constant(str(text(arguments_, 0) ?? "")),
  bool: (arguments_) => constant(/^(?:true|1)$/i.test(text(arguments_, 0) ?? "") ? yes : no),
  int: (arguments_) => constant(sint(BigInt(text(arguments_, 0) ?? "0"))),
  ipv4: address,
  ipv6: address,
  bin: (arguments_) => constant(bin(Buffer.from(text(arguments_, 0) ?? "", "hex"))),
  meth: (arguments_) => constant({ type: "meth", value: text(arguments_, 0) ?? "" }),
  env: (arguments_) => {
    const value = process.env[text(arguments_, 0) ?? ""];
    return constant(strOrNone(value === undefined ? undefined : Buffer.from(value).toString("latin1")));
  },
  hostname: () => constant(str(hostname())),
  nbproc: () => constant(sint(1)),
  proc: () => constant(sint(1)),
  thread: () => constant(sint(threadId)),
  date,
  date_us: () => ({
    one: () => sint(Math.floor((performance.timeOrigin + performance.now()) * 1000) % 1_000_000),
    mayChange: always,
  }),
  rand: (arguments_) => {
    const range = number(arguments_, 0);
    return {
      one: () => sint(randomInt(range === undefined || range <= 0 ? 2 ** 32 : range)),
      mayChange: always,
    };
  },
  uuid: () => ({ one: () => str(randomUUID()), mayChange: always }),
};
