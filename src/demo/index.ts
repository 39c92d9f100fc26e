export { Demo, type ServerFigures } from "./demo.js";
