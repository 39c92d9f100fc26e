import type { Sample } from "../../run/index.js";
import { type ConverterKind, type Converters, number, text } from "../registry.js";
import { strftime } from "../strftime.js";
import { str } from "../value.js";

/** With large numbers dates would be negative: HAProxy takes 55 bits. */
const mask = 0x007fffffffffffffn;

const dateOf = (sample: Sample, offset: number): Date => {
  const value = sample.type === "sint" ? BigInt(sample.value) : 0n;
  return new Date(Number(((value & mask) + BigInt(offset)) * 1000n));
};

const formatted = (zone: "local" | "utc"): ConverterKind => ({
  from: "sint",
  make: (arguments_) => {
    const format = text(arguments_, 0) ?? "";
    const offset = number(arguments_, 1) ?? 0;
    return (sample) => str(strftime(format, dateOf(sample, offset), zone));
  },
});

const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (value: number) => String(value).padStart(2, "0");

/** RFC 9110's date (section 5.6.7); of milli- and microseconds with the fraction as it is, without leading zeros. */
const httpDate: ConverterKind = {
  from: "sint",
  make: (arguments_) => {
    const offset = BigInt(number(arguments_, 0) ?? 0);
    const unit = text(arguments_, 1) ?? "s";
    const scale = unit === "ms" ? 1000n : unit === "us" ? 1000000n : 1n;
    return (sample) => {
      const value = (sample.type === "sint" ? BigInt(sample.value) : 0n) + offset;
      const date = new Date(Number((value / scale) & mask) * 1000);
      if (Number.isNaN(date.getTime())) return undefined;
      const fraction = scale === 1n ? "" : `.${value % scale}`;
      const day = `${days[date.getUTCDay()]}, ${two(date.getUTCDate())} ${months[date.getUTCMonth()]}`;
      const time = `${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())}`;
      return str(`${day} ${String(date.getUTCFullYear()).padStart(4, "0")} ${time}${fraction} GMT`);
    };
  },
};

export const dateConverters: Converters = {
  ltime: formatted("local"),
  utime: formatted("utc"),
  http_date: httpDate,
};
