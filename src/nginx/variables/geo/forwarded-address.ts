import { IpAddress } from "../../../wire/index.js";

/**
 * Whom a request comes from by its X-Forwarded-For fields, the last of which the last proxy wrote (ngx_http_get_forwarded_addr).
 * @param values - of all such fields, in their order
 * @param isProxy - whose field is believed
 * @param recursive - go on past each proxy that is believed; otherwise one step
 */
export function forwardedAddress(
  client: IpAddress,
  values: readonly string[],
  isProxy: (address: IpAddress) => boolean,
  recursive: boolean,
): IpAddress {
  let address = client;
  for (const value of values.toReversed())
    for (let rest: string | undefined = value; rest !== undefined; ) {
      if (!isProxy(address)) return address;
      const [, before, last = ""]: RegExpExecArray | [] = /^(?:(.+)[ ,])?([^ ,]+)[ ,]*$/s.exec(rest) ?? [];
      const named = parseWithPort(last);
      if (!named) return address;
      if (!recursive) return named;
      address = named;
      rest = before;
    }
  return address;
}

/** "10.0.0.1", "fd00::1", "10.0.0.1:8080" or "[fd00::1]:8080". */
function parseWithPort(text: string): IpAddress | undefined {
  const address = IpAddress.parse(text);
  if (address) return address;
  const [, six, four, port] = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(text) ?? [];
  const isPort = Number(port) > 0 && Number(port) < 65_536;
  return isPort ? IpAddress.parse(six ?? four ?? "") : undefined;
}
