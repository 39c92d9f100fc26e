import { readFile } from "node:fs/promises";
import { passwordFits } from "../../passwords/password-fits.js";
import type { HttpRequest } from "../request.js";
import type { Step, Text, Verdict } from "../runtime.js";

/** auth_basic with its file of users (ngx_http_auth_basic_module): 401 with a challenge, 403 where there is no file. */
export function authBasic(realm: Text, file: Text, confPrefix: string): Step {
  return async (request) => {
    const name = realm.value(request);
    if (name === "off") return "next";
    const credentials = readCredentials(request.field("authorization"));
    if (credentials === undefined) return challenge(request, name);
    // A variable's value is known only now; it starts from the configuration's folder, as plain names do.
    const named = file.value(request);
    const path = named.startsWith("/") ? named : confPrefix + named;
    let text: string;
    try {
      text = await readFile(path, "latin1");
    } catch (error) {
      const { code, errno = 0 } = error as NodeJS.ErrnoException;
      request.connection.log("error", `open() "${path}" failed (${-errno}: ${code})`, request);
      return code === "ENOENT" ? 403 : 500;
    }
    const hash = hashOf(text, credentials.user);
    if (hash === undefined)
      return refuse(request, name, `user "${credentials.user}" was not found in "${path}"`);
    if (!passwordFits(credentials.password, hash))
      return refuse(request, name, `user "${credentials.user}": password mismatch`);
    request.user = credentials.user;
    return "next";
  };
}

function refuse(request: HttpRequest, realm: string, sentence: string): Verdict {
  request.connection.log("error", sentence, request);
  return challenge(request, realm);
}

function challenge({ answer }: HttpRequest, realm: string): 401 {
  answer.remove("www-authenticate");
  answer.add("WWW-Authenticate", `Basic realm="${realm}"`);
  return 401;
}

function readCredentials(field: string | undefined): { user: string; password: string } | undefined {
  const found = /^basic +([A-Za-z0-9+/=]+)/i.exec(field ?? "");
  if (!found) return undefined;
  const decoded = Buffer.from(found[1] as string, "base64").toString("latin1");
  const colon = decoded.indexOf(":");
  return colon < 0 ? undefined : { user: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
}

/** Lines "name:hash" or "name:hash:comment". */
function hashOf(text: string, user: string): string | undefined {
  for (const line of text.split("\n")) {
    if (line.startsWith("#")) continue;
    const [name, hash] = line.replace(/\r$/, "").split(":");
    if (name === user && hash !== undefined) return hash;
  }
  return undefined;
}
