export { seconds, tickShift, ticks } from "./clock.js";
export * from "./layout-destination.js";
export * from "./layout-entry.js";
export * from "./layout-packet.js";
export * from "./layout-server.js";
export * from "./layout-service.js";
export * from "./layout-settings.js";
export * from "./layout-sweep.js";

/**
 * The state that packet programs and control plane share. It never depends on the configuration: programs come and go, the
 * maps with these structs in them stay. {@link layoutVersion} changes when a struct does. Times are in ticks (clock.ts).
 */
export const layoutVersion = 6;
