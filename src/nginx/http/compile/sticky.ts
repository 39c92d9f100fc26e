import type { Sticky as StickyModel } from "../../../config/nginx/model/index.js";
import { StickySessions, sessionBytes, sharedNow } from "../../upstream/index.js";
import { ownZones } from "../../zones/zone-store.js";
import { cookieText } from "../sticky/cookie.js";
import { byCookie, byLearning, byRoute, type Sticky } from "../sticky/sticky.js";
import { type Build, optionalText, textOf } from "./build.js";

/** What `sticky` of an upstream block does. @throws Mistake */
export function stickyOf(model: StickyModel, build: Build): Sticky {
  switch (model.kind) {
    case "route":
      return byRoute(model.routes.map((route) => textOf(build, route)));
    case "cookie": {
      const text = cookieText(model, optionalText(build, model.domain), optionalText(build, model.sameSite));
      return byCookie(model.name, text);
    }
    case "learn": {
      const { zone: name, zoneSize, timeoutMs } = model;
      const spec = { id: `sticky ${name} ${zoneSize}`, name, bytes: sessionBytes(zoneSize), isKept: true };
      const sessions = (build.zoneStore ?? ownZones()).take(
        spec,
        (memory) => new StickySessions(memory, zoneSize, timeoutMs, sharedNow),
      );
      return byLearning({
        create: model.create.map((text) => textOf(build, text)),
        lookup: model.lookup.map((text) => textOf(build, text)),
        sessions,
        header: model.header,
      });
    }
  }
}
