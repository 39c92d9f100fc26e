import type { Block } from "../block.js";
import { listen, locationBlock, serverName } from "../directives/http.js";
import {
  proxyBufferSize,
  proxyBuffers,
  proxyBusyBuffersSize,
  proxyMaxTempFileSize,
  proxyPass,
  proxyTempFileWriteSize,
} from "../directives/proxy.js";
import { validReferers } from "../directives/referer.js";
import { sslCertificate, sslCertificateKey, sslRejectHandshake } from "../directives/tls.js";
import { Mistake } from "../mistake.js";
import type { Listen, LocationMatch, ServerName } from "../model/index.js";
import type { Reading } from "../reading.js";
import { parseUrl } from "../values/url.js";
import { defaultListen } from "./listen.js";
import { validHostname } from "./map.js";

/** A server that doesn't say where it listens does at port 80. */
export function leaveServer(server: Block, reading: Reading): void {
  if (server.own(listen) === undefined) server.set(listen, [defaultListen(reading, server.statement!)]);
}

/** What nginx finds when `http` is complete, in its order: buffers, locations, certificates, names. */
export function leaveHttp(http: Block, reading: Reading): void {
  const servers = http.all("http-server");
  const upstreams = http.all("http-upstream").map((block) => block.statement!.words[0]!.text);
  for (const server of servers) eachLevel(server, checkPass(upstreams));
  for (const server of servers) eachLevel(server, checkBuffers);
  for (const server of servers) checkKeys(server);
  for (const server of servers) eachLevel(server, checkReferers);
  for (const server of servers) eachLevel(server, checkLocations);
  for (const at of serversByAddress(servers).values()) checkCertificates(at);
  checkNames(servers, reading);
}

function eachLevel(block: Block, check: (block: Block) => void): void {
  check(block);
  for (const child of block.children) eachLevel(child, check);
}

function checkBuffers(block: Block): void {
  const { count, size } = block.value(proxyBuffers);
  const head = block.value(proxyBufferSize);
  const largest = Math.max(head, size);
  const fail = (message: string) => new Mistake(message, { code: "buffers" });
  if (count < 2) throw fail('there must be at least 2 "proxy_buffers"');
  const busy = block.value(proxyBusyBuffersSize) ?? 2 * largest;
  if (busy < largest)
    throw fail(
      '"proxy_busy_buffers_size" must be equal to or greater than the maximum of the value of "proxy_buffer_size" and one of the "proxy_buffers"',
    );
  if (busy > (count - 1) * size)
    throw fail(
      '"proxy_busy_buffers_size" must be less than the size of all "proxy_buffers" minus one buffer',
    );
  if ((block.value(proxyTempFileWriteSize) ?? largest) < largest)
    throw fail(
      '"proxy_temp_file_write_size" must be equal to or greater than the maximum of the value of "proxy_buffer_size" and one of the "proxy_buffers"',
    );
  const file = block.value(proxyMaxTempFileSize);
  if (file !== undefined && file !== 0 && file < largest)
    throw fail(
      '"proxy_max_temp_file_size" must be equal to zero to disable temporary files usage or must be equal to or greater than the maximum of the value of "proxy_buffer_size" and one of the "proxy_buffers"',
    );
}

function checkReferers(block: Block): void {
  const said = block.own(validReferers);
  if (said?.every((each) => each === "none" || each === "blocked"))
    throw new Mistake(
      'the "none" or "blocked" referers are specified in the "valid_referers" directive without any valid referer',
      { code: "no-referer", placeless: true },
    );
}

/** nginx takes a port beside an upstream's name for a mistake. */
function checkPass(names: readonly string[]) {
  return (block: Block): void => {
    const pass = block.own(proxyPass);
    if (pass === undefined || pass.hasVariables) return;
    const url = parseUrl(pass.authority);
    if (typeof url === "string" || url.noPort || !names.includes(url.host)) return;
    throw new Mistake(`upstream "${url.host}" may not have port ${url.port}`, {
      code: "port-of-upstream",
      place: pass.url.place,
      word: { text: pass.url.text, quoted: false, place: pass.url.place },
    });
  };
}

/** Exact ones and prefixes stand once on their level. */
function checkLocations(block: Block): void {
  const seen = new Set<string>();
  for (const child of block.all("location")) {
    const match: LocationMatch = child.own(locationBlock)!;
    if (match.kind !== "exact" && match.kind !== "prefix") continue;
    const key = `${match.kind} ${match.name}`;
    if (seen.has(key))
      throw new Mistake(`duplicate location "${match.name}"`, {
        code: "duplicate-location",
        place: child.statement!.end,
        word: child.statement!.words.at(-1)!,
      });
    seen.add(key);
  }
}

/** Each certificate has its key. */
function checkKeys(server: Block): void {
  const certificates = server.value(sslCertificate) ?? [];
  if (certificates.length > (server.value(sslCertificateKey)?.length ?? 0))
    throw new Mistake(`no "ssl_certificate_key" is defined for certificate "${certificates.at(-1)}"`, {
      code: "no-key",
      word: server.statement!.name,
      placeless: true,
    });
}

/** An address's default server has a certificate, or refuses handshakes, and then all others have one (ngx_http_ssl_init). */
function checkCertificates(at: readonly Server[]): void {
  if (!at.some(({ listens }) => listens.ssl)) return;
  const { server: usual } = at.find(({ listens }) => listens.defaultServer) ?? at[0]!;
  if (usual.value(sslCertificate) !== undefined) return;
  const rejects = ({ server }: Server) => server.value(sslRejectHandshake);
  const server = usual.value(sslRejectHandshake)
    ? at.find((each) => !rejects(each) && each.server.value(sslCertificate) === undefined)?.server
    : usual;
  if (server === undefined) return;
  throw new Mistake('no "ssl_certificate" is defined for the "listen ... ssl" directive', {
    code: "no-certificate",
    place: server.statement!.end,
    word: server.statement!.name,
    remedy: "Say ssl_certificate and ssl_certificate_key, or ssl_reject_handshake on.",
  });
}

const hasCaptures = ({ kind, name }: ServerName) =>
  kind === "regex" && /(?<!\\)\((?!\?(?:[:=!]|<[=!]))/.test(name);

/** A server, and what it says of one of its addresses. */
interface Server {
  readonly server: Block;
  readonly listens: Listen;
}

function serversByAddress(servers: readonly Block[]): ReadonlyMap<string, readonly Server[]> {
  const byAddress = new Map<string, Server[]>();
  for (const server of servers)
    for (const listens of server.value(listen) as readonly Listen[])
      byAddress.set(listens.text, [...(byAddress.get(listens.text) ?? []), { server, listens }]);
  return byAddress;
}

/** Names count per address; the first server that has one keeps it. */
function checkNames(servers: readonly Block[], reading: Reading): void {
  for (const [address, all] of serversByAddress(servers)) {
    const at = all.map(({ server }) => server);
    // Where there is one server, nginx looks at names only for what expressions catch.
    if (at.length < 2 && !at[0]!.value(serverName).some(hasCaptures)) continue;
    const seen = new Set<string>();
    for (const server of at) checkNamesOf(server, address, seen, reading);
  }
}

function checkNamesOf(server: Block, address: string, seen: Set<string>, reading: Reading): void {
  const own = server.own(serverName);
  const names = own?.length
    ? own
    : [{ kind: "exact", name: "", place: server.statement!.name.place } as const];
  for (const { kind, name, place } of names) {
    if (kind === "regex") continue;
    if (name !== "" && !validHostname(name))
      throw new Mistake(`invalid server name or wildcard "${name}" on ${address}`, {
        code: "invalid-server-name",
        word: { text: name, quoted: false, place },
        placeless: true,
      });
    // ".example.com" is example.com, too.
    const keys = name.startsWith(".") ? [name.slice(1), `*${name}`] : [name];
    if (keys.some((key) => seen.has(key)))
      reading.warn(
        "conflicting-name",
        `conflicting server name "${name}" on ${address}, ignored`,
        place,
        false,
      );
    for (const key of keys) seen.add(key);
  }
}
