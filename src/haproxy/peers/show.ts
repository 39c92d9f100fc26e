import type { Peer } from "./peer.js";
import type { PeersSection } from "./section.js";
import type { SharedTable } from "./shared-table.js";
import { statusName } from "./status.js";

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `show peers [dict|-] [section]`; undefined: there is no section of that name. Numbers stand where HAProxy prints addresses. */
export function showPeers(
  sections: ReadonlyMap<string, PeersSection>,
  wanted: string | undefined,
  withDictionary: boolean,
): string | undefined {
  if (wanted !== undefined && !sections.has(wanted)) return undefined;
  const texts: string[] = [];
  let number = 0;
  for (const section of sections.values()) {
    number++;
    if (wanted !== undefined && section.settings.name !== wanted) continue;
    const lines = [headLine(section, number)];
    for (const [at, peer] of section.peers.entries())
      lines.push(...peerLines(section, peer, `${number}${at + 1}`, withDictionary));
    texts.push(lines.map((line) => `${line}\n`).join(""));
  }
  return texts.join("\n");
}

function headLine(section: PeersSection, number: number): string {
  const date = new Date(section.changedAt);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = `${two(date.getDate())}/${months[date.getMonth()]}/${date.getFullYear()}`;
  const time = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return (
    `0x${number}: [${day}:${time}] id=${section.settings.name} disabled=${section.disabled ? 1 : 0} ` +
    `flags=0x${section.resync.flags.toString(16)} resync_timeout=${until(section, section.resync.until)} task_calls=${section.works}`
  );
}

function peerLines(section: PeersSection, peer: Peer, id: string, withDictionary: boolean): string[] {
  const { address } = peer.settings;
  const place = address?.kind === "inet" ? `${address.host}:${address.ports?.from ?? 0}` : "?:0";
  const { session } = peer;
  const state = `${peer.isLocal ? "local" : "remote"},${session ? "active" : "inactive"}`;
  const handshake = peer.lastHandshake === 0 ? "<NEVER>" : span(section.now() - peer.lastHandshake);
  const lines = [
    `  0x${id}: id=${peer.name}(${state}) addr=${place} last_status=${statusName(peer.statusCode)} last_hdshk=${handshake}`,
    `        reconnect=${until(section, peer.reconnectAt)} heartbeat=${until(section, peer.heartbeatAt)} confirm=${peer.confirms} ` +
      `tx_hbt=${peer.sentHeartbeats} rx_hbt=${peer.receivedHeartbeats} no_hbt=${peer.missedHeartbeats} ` +
      `new_conn=${peer.connections} proto_err=${peer.protocolErrors} coll=${peer.collisions}`,
  ];
  let flags = `        flags=0x${flagsOf(peer).toString(16)}`;
  if (session !== undefined) {
    flags += ` appctx:0x${id} st0=${session.established ? 7 : 6} st1=0 task_calls=${section.works} state=${session.established ? "EST" : "CON"}`;
    lines.push(flags, `        src=${session.addresses.source} addr=${session.addresses.destination}`);
  } else lines.push(flags);
  if (session?.remoteTable) lines.push(`        remote_table:${tableId(session.remoteTable)}`);
  if (session?.lastTable) lines.push(`        last_local_table:${tableId(session.lastTable)}`);
  if (peer.tables.length > 0) lines.push("        shared tables:");
  for (const shared of peer.tables) lines.push(...tableLines(peer, shared, withDictionary));
  return lines;
}

function flagsOf(peer: Peer): number {
  let flags = 0;
  if (peer.session?.isTeaching) flags |= 0x1;
  if (peer.taught) flags |= 0x10;
  if (peer.learning) flags |= 0x100;
  if (peer.notUpToDate) flags |= 0x200;
  if (peer.alive) flags |= 0x20000000;
  return (flags + (peer.downgraded ? 0x80000000 : 0)) >>> 0;
}

function tableId(shared: SharedTable): string {
  return `0x${shared.localId} id=${shared.table.name} local_id=${shared.localId} remote_id=${shared.remoteId}`;
}

function tableLines(peer: Peer, shared: SharedTable, withDictionary: boolean): string[] {
  const { table } = shared;
  const lines = [
    `          0x${shared.localId} local_id=${shared.localId} remote_id=${shared.remoteId} flags=0x0 remote_data=0x${shared.remoteData.toString(16)}`,
    `              last_acked=${shared.lastAcknowledged} last_pushed=${shared.lastPushed} last_get=${shared.lastGot}` +
      ` teaching_origin=${shared.teachingOrigin} update=${shared.update}`,
    `              table:0x${shared.localId} id=${table.name} update=${table.store.updates.last} localupdate=${table.store.updates.last}` +
      ` commitupdate=${shared.lastPushed} refcnt=1`,
  ];
  if (!withDictionary) return [...lines, '        Dictionary cache not dumped (use "show peers dict")'];
  lines.push("        TX dictionary cache:", ...dictionaryLines(peer.cache.sent, false));
  lines.push("        RX dictionary cache:", ...dictionaryLines(peer.cache.received, true));
  return lines;
}

/** Four in a line. */
function dictionaryLines(texts: readonly (string | undefined)[], all: boolean): string[] {
  const shown = texts
    .map((text, at) => ({ text, at }))
    .filter(({ text }) => all || text !== undefined)
    .map(({ text, at }) => `  ${String(at).padStart(3)} -> ${text ?? "-"}`);
  const lines: string[] = [];
  for (let at = 0; at < shown.length; at += 4) lines.push(`        ${shown.slice(at, at + 4).join("")}`);
  return lines;
}

function until(section: PeersSection, at: number): string {
  if (at === 0) return "<NEVER>";
  const left = at - section.now();
  return left <= 0 ? "<PAST>" : span(left);
}

/** "2m5s": the two largest units. */
function span(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const parts: (readonly [number, string])[] = [
    [Math.floor(seconds / 86400), "d"],
    [Math.floor((seconds % 86400) / 3600), "h"],
    [Math.floor((seconds % 3600) / 60), "m"],
    [seconds % 60, "s"],
  ];
  const shown = parts.filter(([amount]) => amount > 0).slice(0, 2);
  return shown.length === 0 ? "0s" : shown.map(([amount, unit]) => `${amount}${unit}`).join("");
}
