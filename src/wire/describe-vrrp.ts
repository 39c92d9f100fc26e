import { get16 } from "./bytes.js";

/** What tcpdump says of a VRRP message; `length` is what IP says it has. */
export function describeVrrp(bytes: Uint8Array, length: number): string {
  if (bytes.length < 1) return " [|vrrp]";
  const version = bytes[0]! >> 4;
  const type = bytes[0]! & 15;
  const head = `VRRPv${version}, ${type === 1 ? "Advertisement" : `unknown type (${type})`}`;
  if (type !== 1 || (version !== 2 && version !== 3)) return head;
  if (bytes.length < 8) return `${head} [|vrrp]`;
  const who = `${head}, vrid ${bytes[1]}, prio ${bytes[2]}`;
  if (version === 3) return `${who}, intvl ${get16(bytes, 4) & 0x0fff}cs, length ${length}`;
  const kind = ["none", "simple", "ah"][bytes[4]!] ?? `#${bytes[4]}`;
  return `${who}, authtype ${kind}, intvl ${bytes[5]}s, length ${length}`;
}
