import { forSide, needed, notInDefaults, type ProxyReader } from "../readers.js";
import { defaultServerLine, dispatchServer, serverLine, serverTemplateLine } from "../server.js";
import { sourceWords } from "../source.js";

const persist: ProxyReader = (directive, proxy) => {
  const word = needed(directive, 1, "missing persist method.");
  const found = /^rdp-cookie(?:\(([^)]+)\).*)?$/.exec(word);
  if (!word.startsWith("rdp-cookie"))
    directive.fail("unknown persist method.", { word: 1, code: "invalid-value" });
  if (!found)
    return directive.fail("persist rdp-cookie(name)' requires an rdp cookie name.", {
      word: 1,
      code: "invalid-value",
    });
  proxy.rdpCookie = found[1] ?? "msts";
};

/** Where streams go. */
export const serverReaders: Readonly<Record<string, ProxyReader>> = {
  server: serverLine,
  "default-server": defaultServerLine,
  "server-template": serverTemplateLine,
  dispatch: (directive, proxy) => {
    notInDefaults(directive, proxy);
    forSide(directive, proxy, "backend");
    proxy.dispatch = dispatchServer(directive, proxy);
    directive.atMost(1);
  },
  source: (directive, proxy) => {
    forSide(directive, proxy, "backend");
    proxy.source = sourceWords(directive, 0).source;
  },
  usesrc: (directive) => {
    directive.fail("'usesrc' only allowed after a 'source' statement.", { code: "misplaced" });
  },
  "use-fcgi-app": (directive) => {
    needed(directive, 1, "'use-fcgi-app' expects <name> as argument.");
  },
  default_backend: (directive, proxy) => {
    forSide(directive, proxy, "frontend");
    proxy.defaultBackend = needed(directive, 1, "'default_backend' expects a backend name.");
    proxy.defaultBackendPlace = directive.place(1);
    if (directive.at(2) !== "")
      directive.fail(`'${directive.text(0, 1)}' cannot handle unexpected argument '${directive.at(2)}'.`, {
        word: 2,
        code: "unexpected-argument",
      });
  },
  "load-server-state-from-file": (directive, proxy) => {
    forSide(directive, proxy, "backend");
    const word = directive.at(1);
    if (word !== "global" && word !== "local" && word !== "none")
      return directive.fail(`'${directive.at(0)}' expects 'global', 'local' or 'none'. Got '${word}'`, {
        word: 1,
        code: "invalid-value",
      });
    proxy.loadServerState = word;
  },
  "server-state-file-name": (directive, proxy) => {
    forSide(directive, proxy, "backend");
    directive.atMost(1);
    const word = directive.at(1);
    proxy.serverStateFile = word === "" || word === "use-backend-name" ? proxy.name : word;
  },
  "http-send-name-header": (directive, proxy) => {
    forSide(directive, proxy, "backend");
    proxy.sendNameHeader = needed(
      directive,
      1,
      `'${directive.at(0)}' requires a header string.`,
    ).toLowerCase();
  },
  persist,
  "dynamic-cookie-key": (directive, proxy) => {
    forSide(directive, proxy, "backend");
    proxy.dynamicCookieKey = needed(directive, 1, "'dynamic-cookie-key' expects <secret_key> as argument.");
  },
  transparent: (directive, proxy) => {
    proxy.options.transparent = true;
    directive.atMost(0);
  },
};
