import type { RequestHead } from "../../../proxy/index.js";

/** Whether a request asks for the stats page at this address. */
export function isStats({ method, target }: RequestHead, uri: string): boolean {
  if (method !== "GET" && method !== "HEAD" && method !== "POST") return false;
  if (!uri.startsWith("/") || target.charCodeAt(0) === 47) return target.startsWith(uri);
  // The path of a target that names its host.
  const at = target.indexOf("/", target.indexOf("://") + 3);
  return at > 0 && target.startsWith(uri, at);
}
