import type { SyncDaemon } from "../../ipvs/model.js";
import { type Attributes, type BodyWriter, MalformedMessageError } from "../../netlink/index.js";
import { DaemonAttribute as Attribute } from "./numbers.js";

/** IP_VS_STATE_* */
const states = { master: 1, backup: 2 } as const satisfies Record<SyncDaemon["role"], number>;

/** What is left out the kernel fills in. */
export function writeDaemon(body: BodyWriter, daemon: SyncDaemon): BodyWriter {
  const { role, multicastInterface, syncId, maxLength, group, port, ttl } = daemon;
  return body
    .u32(Attribute.state, states[role])
    .text(Attribute.multicastInterface, multicastInterface)
    .u32(Attribute.syncId, syncId)
    .u16(Attribute.maxLength, maxLength || undefined)
    .address(group?.family === 6 ? Attribute.group6 : Attribute.group, group)
    .u16(Attribute.port, port || undefined)
    .u8(Attribute.ttl, ttl || undefined);
}

/** The half that is to be stopped. */
export function writeDaemonRole(body: BodyWriter, role: SyncDaemon["role"]): BodyWriter {
  return body.u32(Attribute.state, states[role]);
}

/** @throws MalformedMessageError */
export function readDaemon(attributes: Attributes): SyncDaemon {
  const state = attributes.u32(Attribute.state);
  const multicastInterface = attributes.text(Attribute.multicastInterface);
  if ((state !== states.master && state !== states.backup) || multicastInterface === undefined)
    throw new MalformedMessageError(`a sync daemon of state ${state ?? "none"}`);
  const maxLength = attributes.u16(Attribute.maxLength);
  const group = attributes.address(Attribute.group) ?? attributes.address(Attribute.group6);
  const port = attributes.u16(Attribute.port);
  const ttl = attributes.u8(Attribute.ttl);
  return {
    role: state === states.master ? "master" : "backup",
    multicastInterface,
    syncId: attributes.u32(Attribute.syncId) ?? 0,
    ...(maxLength !== undefined && { maxLength }),
    ...(group && { group }),
    ...(port !== undefined && { port }),
    ...(ttl !== undefined && { ttl }),
  };
}
