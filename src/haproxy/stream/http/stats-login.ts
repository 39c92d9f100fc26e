import type { Place, StatsPage } from "../../../config/haproxy/model/index.js";
import { Outcome } from "../../rules/outcome.js";
import type { Rule } from "../../rules/rule.js";
import type { HttpStream } from "./http-stream.js";

/** `stats auth` and `stats realm`: who doesn't say one of the names and passwords is asked for them. */
export function statsLogin(users: StatsPage["users"], realm: string, place: Place): Rule {
  const allowed = new Set(users.map(({ user, password }) => `${user}:${password}`));
  return {
    test: undefined,
    place,
    run({ stream }) {
      const http = stream as HttpStream;
      const field = http.request.headers.get("authorization");
      const credentials = /^basic\s+(\S+)$/i.exec(field ?? "")?.[1];
      if (credentials !== undefined) {
        const text = Buffer.from(credentials, "base64").toString("latin1");
        if (allowed.has(text)) {
          http.user = text.split(":", 1)[0];
          return Outcome.stop;
        }
      }
      http.chosenService = undefined;
      http.times.request = http.now;
      if (http.frontend === http.backend) http.tally.front("interceptedRequests");
      http.endsBy("L", "R");
      http.own.askForUser(401, realm);
      return Outcome.abort;
    },
  };
}
