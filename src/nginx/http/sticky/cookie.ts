import type { Sticky as StickyModel } from "../../../config/nginx/model/index.js";
import { months, two } from "../../log/times.js";
import type { HttpRequest } from "../request.js";
import type { Text } from "../runtime.js";

export type CookieModel = StickyModel & { readonly kind: "cookie" };

const farthest = "; expires=Thu, 31-Dec-37 23:55:55 GMT; max-age=315360000";
const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"] as const;

/** The words of samesite. */
export const isSameSite = (text: string): boolean => /^(?:strict|lax|none)$/i.test(text);

/** "Thu, 31-Dec-37 23:55:55 GMT": a year of more than two digits is whole (ngx_http_cookie_time). */
export function cookieTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  const year = date.getUTCFullYear();
  const day = `${days[date.getUTCDay()]}, ${two(date.getUTCDate())}-${months[date.getUTCMonth()]}`;
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(":");
  return `${day}-${year > 2037 ? year : two(year % 100)} ${time} GMT`;
}

/** The Set-Cookie that leads a client back, without the server's id: what stands before and behind it. */
export function cookieText(
  model: CookieModel,
  domain: Text | undefined,
  sameSite: Text | undefined,
): (request: HttpRequest, id: string) => string {
  const flags = `${model.httpOnly ? "; httponly" : ""}${model.secure ? "; secure" : ""}`;
  const path = model.path === undefined ? "" : `; path=${model.path.text}`;
  return (request, id) => {
    const host = domain?.value(request) ?? "";
    const site = sameSite?.value(request) ?? "";
    return (
      `${model.name}=${id}${expires(model.expires)}${host === "" ? "" : `; domain=${host}`}${flags}` +
      `${site === "" ? "" : `; samesite=${isSameSite(site) ? site : "strict"}`}${path}`
    );
  };
}

function expires(said: number | "max" | undefined): string {
  if (said === undefined) return "";
  if (said === "max") return farthest;
  return `; expires=${cookieTime(Math.floor(Date.now() / 1000) + said)}; max-age=${said}`;
}
