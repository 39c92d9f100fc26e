export { IpvsPlane } from "./ipvs-plane.js";
