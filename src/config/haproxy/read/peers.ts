import type { Directive } from "../grammar/directive.js";
import { within } from "../grammar/mistake.js";
import type { Bind } from "../model/bind.js";
import type { LogTarget } from "../model/log.js";
import { placeText } from "../model/place.js";
import type { Peers } from "../model/sections.js";
import type { StickTable } from "../model/table.js";
import { parseAddress } from "../values/address.js";
import { binds } from "./bind.js";
import { logLine } from "./log.js";
import { inheriting } from "./new-proxy.js";
import type { ProxyDraft } from "./proxy-draft.js";
import { newSection, unknownIn } from "./sections.js";
import { defaultServerLine, readServer } from "./server.js";
import { stickTable } from "./stick.js";

/** A peers section while it is read. */
class PeersReader {
  readonly peers: Peers["peers"][number][] = [];
  readonly binds: Bind[] = [];
  readonly tables: StickTable[] = [];
  readonly logs: LogTarget[] = [];
  /** What its servers are read into: it has no rules of its own. */
  readonly proxy: ProxyDraft;
  peerLine = false;
  bindLine = false;

  constructor(
    readonly section: { disabled: boolean; readonly name: string },
    directive: Directive,
  ) {
    this.proxy = inheriting("backend", section.name, directive.place(1), undefined);
  }

  take(directive: Directive): void {
    const { reading } = directive;
    switch (directive.at(0)) {
      case "bind":
      case "default-bind":
        this.#bind(directive);
        return;
      case "default-server":
        defaultServerLine(directive.with(directive.words, this.proxy), this.proxy);
        return;
      case "log":
        logLine(directive, this.logs, reading.global.logs);
        return;
      case "peer":
      case "server":
        this.#peer(directive);
        return;
      case "table":
        this.#table(directive);
        return;
      case "disabled":
        this.section.disabled = true;
        return;
      case "enabled":
        this.section.disabled = false;
        return;
      default:
        unknownIn(directive, "peers");
    }
  }

  #bind(directive: Directive): void {
    if (directive.at(0) === "default-bind") {
      // Its options are those of every bind line of the section; there is one.
      this.defaultBind = directive.words.slice(1);
      return;
    }
    if (this.peerLine)
      directive.fail('mixing "peer" and "bind" line is forbidden', { code: "peer-and-bind" });
    if (this.binds.length > 0)
      directive.fail(
        `One listener per "peers" section is authorized but another is already configured at [${placeText(this.binds[0]!.place)}].`,
        { code: "twice" },
      );
    this.bindLine = true;
    const words = [...directive.words.slice(0, directive.length), ...this.defaultBind];
    this.binds.push(...binds(directive.with(words, this.proxy), 1, { unixBind: true }));
  }

  defaultBind: Directive["words"] = [];

  #peer(directive: Directive): void {
    const { reading } = directive;
    const peer = directive.at(0) === "peer";
    const name = directive.at(1);
    const local = name === reading.localPeer;
    if (peer) {
      if (this.bindLine)
        directive.fail('mixing "peer" and "bind" line is forbidden', { code: "peer-and-bind" });
      this.peerLine = true;
    }
    const place = directive.place(1);
    if (!peer && local) {
      this.peers.push({ name, address: undefined, server: undefined, place });
      return;
    }
    // HAProxy passes over a peer that has no address.
    if (directive.at(2) === "") {
      reading.add("hint", place, `peer '${name}' has no address: the line is passed over.`, {
        code: "no-address",
      });
      return;
    }
    const server = readServer(directive.with(directive.words, this.proxy), this.proxy);
    if (server.check || server.agentCheck || server.resolvers || server.initAddr.length > 0)
      directive.warn(
        `'${directive.text(0, 2)}' : init_addr, resolvers, check and agent are ignored for peers.`,
        { code: "ignored" },
      );
    const address = within(
      (message) => `'${directive.text(0, 2)}' : ${message}`,
      () =>
        parseAddress(
          directive.at(2),
          { port: "optional", offset: true, stream: true, names: true, descriptor: "socket" },
          reading.environment,
        ),
    );
    this.peers.push({ name, address, server, place });
    // The local peer listens at its own address.
    const [word, , where] = directive.words;
    if (peer && local && word !== undefined && where !== undefined)
      this.binds.push(...binds(directive.with([word, where], this.proxy), 1, { unixBind: true }));
  }

  #table(directive: Directive): void {
    const { reading } = directive;
    const name = `${this.section.name}/${directive.at(1)}`;
    const other = reading.tableNamed(name) ?? this.tables.find((one) => one.name === name);
    if (other)
      directive.fail(
        `stick-table name '${directive.at(1)}' conflicts with table declared in peers '${this.section.name}'.`,
        {
          word: 1,
          code: "same-name",
        },
      );
    this.tables.push({ ...stickTable(directive, name, true), peers: this.section.name });
  }
}

/** Begins `peers NAME`; gives what takes its lines. */
export function beginPeers(directive: Directive): (line: Directive) => void {
  const { reading } = directive;
  const name = newSection(directive, reading.peers, {
    missing: "missing name for peers section.",
    same: (other) =>
      `peers section '${directive.at(1)}' has the same name as another peers section declared at ${placeText(other.place)}.`,
  });
  directive.atMost(1);
  const section = { name, disabled: false, place: directive.place(1) };
  const reader = new PeersReader(section, directive);
  reading.peers.push(
    Object.assign(section, {
      peers: reader.peers,
      binds: reader.binds,
      tables: reader.tables,
      logs: reader.logs,
    }),
  );
  return (line) => reader.take(line);
}
