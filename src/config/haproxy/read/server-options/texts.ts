import { isIP } from "node:net";
import { Mistake, within } from "../../grammar/mistake.js";
import { parseAddress } from "../../values/address.js";
import { leadingNumber } from "../../values/numbers.js";
import type { DefaultServer } from "../server-draft.js";
import { sharedTls, under } from "../tls.js";
import { missing, type OptionAt } from "./option-at.js";

const list = (text: string) => text.split(",").filter((one) => one !== "");

export function textOption(at: OptionAt, word: string, value: string): number {
  const { directive, index, draft, name } = at;
  const { environment, global } = directive.reading;
  switch (word) {
    case "addr":
    case "agent-addr":
      if (value === "")
        missing(`'${word}' expects ${word === "addr" ? "<value>" : "an address"} as argument.`);
      if (word === "addr") takeCheckAddress(draft, value, environment);
      else {
        if (isIP(value) === 0 && !/^[A-Za-z0-9.-]+$/.test(value))
          throw new Mistake(`parsing agent-addr failed. Check if '${value}' is correct address.`);
        draft.agentAddress = value;
      }
      return 2;
    case "port":
    case "agent-port":
      if (value === "") missing(`'${word}' expects a port number as argument.`);
      if (word === "port") draft.checkPort = leadingNumber(value);
      else draft.agentPort = leadingNumber(value);
      return 2;
    case "agent-send":
      draft.agentSend = value || missing(`'${word}' expects a string as argument.`);
      return 2;
    case "rise":
    case "fall":
      if (value === "") missing(`'${word}' expects an integer argument.`);
      draft[word] = leadingNumber(value);
      if (draft[word] <= 0) throw new Mistake(`'${word}' has to be > 0.`);
      return 2;
    case "error-limit":
      if (value === "") missing(`'${word}' expects an integer argument.`);
      draft.errorLimit = leadingNumber(value);
      if (draft.errorLimit <= 0) throw new Mistake(`${word} has to be > 0.`);
      return 2;
    case "weight":
      draft.weight = leadingNumber(value);
      if (draft.weight < 0 || draft.weight > 256)
        throw new Mistake(`weight of server ${name} is not within 0 and 256 (${draft.weight}).`, {
          code: "invalid-value",
        });
      return 2;
    case "cookie":
      draft.cookie = value || missing(`'${word}' expects <value> as argument.`);
      return 2;
    case "redir":
      draft.redir = value || missing(`'${word}' expects <prefix> as argument.`);
      return 2;
    case "track": {
      const [first = "", second] = (
        value || missing("'track' expects [<proxy>/]<server> as argument.")
      ).split(/\/(.*)/s);
      draft.track =
        second === undefined ? { backend: undefined, server: first } : { backend: first, server: second };
      return 2;
    }
    case "resolvers":
      draft.resolvers = value;
      return 2;
    case "resolve-prefer":
      if (value !== "ipv4" && value !== "ipv6")
        throw new Mistake(`'${word}' expects either ipv4 or ipv6 as argument.`);
      draft.resolvePrefer = value === "ipv4" ? 4 : 6;
      return 2;
    case "resolve-net":
      if (value === "") missing(`'${word}' expects a list of networks.`);
      for (const network of list(value))
        if (isIP(network.split("/")[0]!) === 0) throw new Mistake(`'${word}' invalid network '${network}'.`);
      draft.resolveNet = list(value);
      return 2;
    case "resolve-opts":
      for (const option of list(value))
        if (!["allow-dup-ip", "ignore-weight", "prevent-dup-ip"].includes(option))
          throw new Mistake(
            `'${word}' : unknown resolve-opts option '${option}', supported methods are 'allow-dup-ip', 'ignore-weight', and 'prevent-dup-ip'.`,
          );
      draft.resolveOpts = list(value);
      return 2;
    case "init-addr":
      for (const method of list(value))
        if (!["libc", "last", "none"].includes(method) && isIP(method) === 0)
          throw new Mistake(
            `'${word}' : unknown init-addr method '${method}', supported methods are 'libc', 'last', 'none'.`,
          );
      draft.initAddr = list(value);
      return 2;
    case "proxy-v2-options":
      for (const option of list(value))
        if (
          ![
            "ssl",
            "cert-cn",
            "cert-key",
            "cert-sig",
            "ssl-cipher",
            "authority",
            "crc32c",
            "unique-id",
          ].includes(option)
        )
          throw new Mistake(`'${option}' : proxy v2 option not implemented`);
      draft.proxyV2Options = [...draft.proxyV2Options, ...list(value)];
      return 2;
    case "proto":
    case "check-proto":
      if (value === "") missing(`'${word}' : missing value`);
      if (!["fcgi", "h1", "h2", "none"].includes(value))
        throw new Mistake(`'${word}' :  unknown MUX protocol '${value}'.`, { code: "unknown-proto" });
      if (word === "proto") draft.proto = value;
      else draft.checkProto = value;
      return 2;
    case "check-sni":
      draft.checkSni = value || missing(`'${word}' : missing SNI`);
      return 2;
    case "check-alpn":
      draft.checkAlpn = list(value || missing(`'${word}' : missing the comma-delimited ALPN protocol suite`));
      return 2;
    case "socks4":
      if (value === "") missing(`'${word}' expects <addr>:<port> as argument.`);
      parseAddress(value, { port: "needed", stream: true, names: true }, environment);
      draft.socks4 = value;
      return 2;
    case "sni":
      draft.writtenSni = {
        text: value || missing(`'${word}' : missing sni expression`),
        place: directive.place(index + 1),
      };
      return 2;
    case "crt": {
      const path = under(global.crtBase, value || missing(`'${word}' : missing certificate file path`));
      const found = directive.reading.world.readFile(path);
      if ("reason" in found)
        throw new Mistake(`unable to stat SSL certificate from file '${path}' : ${found.reason}.`, {
          code: "no-file",
        });
      draft.tls.certificates = [path];
      return 2;
    }
    case "verify":
      if (value === "") missing(`'${word}' : missing verify method`);
      if (value !== "none" && value !== "required")
        throw new Mistake(
          `'${word}' : unknown verify method '${value}', only 'none' and 'required' are supported`,
        );
      draft.tls.verify = value;
      return 2;
    case "verifyhost":
      draft.tls.verifyHost = value || missing(`'${word}' : missing hostname to verify against`);
      return 2;
  }
  sharedTls(directive, index, draft.tls);
  return /^(no-|force-|allow-0rtt|tls-tickets)/.test(word) ? 1 : 2;
}

/** `addr ADDRESS[:PORT]` */
function takeCheckAddress(
  draft: DefaultServer,
  value: string,
  environment: Readonly<Record<string, string | undefined>>,
): void {
  const address = within(
    (message) => `'addr' : ${message}`,
    () => parseAddress(value, { port: "optional", stream: true, names: true }, environment),
  );
  draft.checkAddress = address.kind === "inet" ? address.host : value;
  if (address.kind === "inet" && address.ports && address.ports.from > 0)
    draft.checkPort ??= address.ports.from;
}
