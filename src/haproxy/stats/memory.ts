import { getHeapStatistics } from "node:v8";

/** process.memoryUsage(), also in a chroot, where its figure of what is resident (of /proc) can't be had: there the most that ever was stands for it. */
export function processMemory(): NodeJS.MemoryUsage {
  try {
    return process.memoryUsage();
  } catch {
    const heap = getHeapStatistics();
    return {
      rss: process.resourceUsage().maxRSS * 1024,
      heapTotal: heap.total_heap_size,
      heapUsed: heap.used_heap_size,
      external: heap.external_memory,
      arrayBuffers: 0,
    };
  }
}
