import { PerCpuArray, SharedStruct } from "../../asm/index.js";
import { Traced, TraceFilter } from "./trace-record.js";

/** What is to be followed. There only while somebody traces, as {@link traced}. */
export const traceFilter = new SharedStruct("trace_filter", TraceFilter);
/** A CPU's record while it is made. */
export const traced = new PerCpuArray("traced", Traced, 1);
