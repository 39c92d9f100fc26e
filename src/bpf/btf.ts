import { SystemError } from "../sys/index.js";
import { Attribute } from "./attribute.js";
import { VerifierError } from "./verifier-error.js";

/**
 * Gives the kernel type information (Documentation/bpf/btf.rst) and gets a descriptor for it. Close it when the maps
 * and programs that use it are made: they hold it by themselves.
 *
 *     u64 btf | u64 log | u32 size | u32 log size | u32 log level
 *     0         8         16         20             24
 */
export function loadBtf(bytes: Uint8Array): number {
  const attribute = new Attribute(32).pointer(0, bytes).u32(16, bytes.length);
  const result = attribute.try("BPF_BTF_LOAD");
  if (result >= 0) return result;
  const log = Buffer.alloc(1 << 20);
  attribute.pointer(8, log).u32(20, log.length).u32(24, 1);
  const again = attribute.try("BPF_BTF_LOAD");
  if (again >= 0) return again;
  const text = log.toString("utf8", 0, Math.max(log.indexOf(0), 0));
  if (text === "") throw new SystemError("bpf(BPF_BTF_LOAD)", -again);
  throw new VerifierError("type information (BTF)", text, -again);
}
