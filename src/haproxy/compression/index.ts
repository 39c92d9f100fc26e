export { CompressionFilter } from "./filter.js";
export { CompressionLimits } from "./limits.js";
