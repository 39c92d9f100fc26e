export { MemoryWire, memoryWires } from "./memory-wire.js";
export { requestTexts } from "./messages.js";
