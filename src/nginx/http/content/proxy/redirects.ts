import type { HttpRequest } from "../../request.js";

/** What becomes of a Location or Refresh that begins with something (proxy_redirect); undefined where this doesn't fit. */
export type RedirectChange = (request: HttpRequest, location: string) => string | undefined;

/** By the first change that fits. */
export function changeRedirect(
  request: HttpRequest,
  location: string,
  changes: readonly RedirectChange[],
): string {
  for (const change of changes) {
    const made = change(request, location);
    if (made !== undefined) return made;
  }
  return location;
}

/** Refresh: "5; url=http://…": only its address is changed. */
export function changeRefresh(
  request: HttpRequest,
  text: string,
  changes: readonly RedirectChange[],
): string {
  const found = /url=/i.exec(text);
  if (!found) return text;
  const at = found.index + 4;
  return text.slice(0, at) + changeRedirect(request, text.slice(at), changes);
}
