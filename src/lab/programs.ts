import { packageRoot } from "../package-root.js";

/** The file of one of the programs that a lab starts as processes of their own. */
export function programPath(
  name:
    | "web-server"
    | "client"
    | "guardian"
    | "relay"
    | "flap"
    | "traffic"
    | "publish"
    | "stand-in"
    | "store",
): string {
  return `${packageRoot}dist/bundle/lab/programs/${name}.js`;
}
