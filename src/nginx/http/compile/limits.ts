import { sharedNow } from "../../upstream/index.js";
import { ownZones } from "../../zones/zone-store.js";
import type { Level } from "../connection.js";
import { type ConnectionZone, connectionZone } from "../phases/limit-connections.js";
import { type RequestZone, requestZone } from "../phases/limit-requests.js";
import type { HttpRequest } from "../request.js";
import type { Step, Text, Verdict } from "../runtime.js";
import { type Build, textOf } from "./build.js";
import { type Block, limits } from "./definitions.js";

/** The zones of an http block, by their names. */
export interface Zones {
  readonly requests: ReadonlyMap<string, { readonly zone: RequestZone; readonly key: Text }>;
  readonly connections: ReadonlyMap<string, { readonly zone: ConnectionZone; readonly key: Text }>;
}

export function makeZones(build: Build): Zones {
  const { http, zoneStore = ownZones() } = build;
  return {
    requests: new Map(
      http.value(limits.limitReqZone).map(({ name, size, rate, key }) => [
        name,
        {
          zone: requestZone(zoneStore, name, size, rate, key.text),
          key: textOf(build, key),
        },
      ]),
    ),
    connections: new Map(
      http
        .value(limits.limitConnZone)
        .map(({ name, size, key }) => [
          name,
          { zone: connectionZone(zoneStore, "limit_conn", name, size, key.text), key: textOf(build, key) },
        ]),
    ),
  };
}

/** What limit_conn and limit_req say of a location. */
export function limitSteps(block: Block, build: Build): Step[] {
  const steps: Step[] = [];
  if (block.value(limits.limitReq) !== undefined) steps.push(requestStep(block, build));
  if (block.value(limits.limitConn) !== undefined) steps.push(connectionStep(block, build));
  return steps;
}

/** A refusal is told by its level, a delay by the next milder one. */
const milder: Readonly<Record<string, Level>> = {
  error: "warn",
  warn: "notice",
  notice: "info",
  info: "info",
};

function requestStep(block: Block, build: Build): Step {
  const said = (block.value(limits.limitReq) ?? []).map((each) => ({
    ...each,
    ...build.zones.requests.get(each.zone)!,
    counts: build.status.limitRequests.take(each.zone),
    name: each.zone,
  }));
  const status = block.value(limits.limitReqStatus);
  const level = block.value(limits.limitReqLogLevel) as Level;
  const dryRun = block.value(limits.limitReqDryRun);
  return (request) => {
    if (request.main.limitReqStatus !== undefined) return "next";
    const now = sharedNow();
    const asked: { zone: RequestZone; key: string; excess: number; noted: boolean; note: () => void }[] = [];
    let delayMs = 0;
    let slowest = "";
    for (const [at, { zone, key, burst, delay, name, counts }] of said.entries()) {
      const value = key.value(request);
      if (value === "") continue;
      // Nothing is noted of one that a later zone refuses.
      const noted = at === said.length - 1;
      const answer = noted ? zone.take(value, now, burst, delay) : zone.ask(value, now, burst, delay);
      if (answer === undefined) {
        counts.add(dryRun ? "rejected_dry_run" : "rejected");
        return refused(request, name);
      }
      const how = answer.delayMs < 1 ? "passed" : dryRun ? "delayed_dry_run" : "delayed";
      asked.push({ zone, key: value, excess: answer.excess, noted, note: () => counts.add(how) });
      if (answer.delayMs > delayMs) [delayMs, slowest] = [answer.delayMs, name];
    }
    for (const { zone, key, noted, note } of asked) {
      if (!noted) zone.commit(key, now);
      note();
    }
    if (asked.length === 0) return "next";
    if (delayMs < 1) {
      request.main.limitReqStatus = "PASSED";
      return "next";
    }
    request.main.limitReqStatus = dryRun ? "DELAYED_DRY_RUN" : "DELAYED";
    const excess = Math.max(...asked.map((each) => each.excess)) / 1000;
    request.connection.log(
      milder[level] ?? "warn",
      `delaying request${dryRun ? ", dry run" : ""}, excess: ${excess.toFixed(3)}, by zone "${slowest}"`,
      request,
    );
    return dryRun ? "next" : later(request, delayMs);
  };

  function refused(request: HttpRequest, name: string): Verdict {
    request.main.limitReqStatus = dryRun ? "REJECTED_DRY_RUN" : "REJECTED";
    request.connection.log(
      level,
      `limiting requests${dryRun ? ", dry run" : ""}, by zone "${name}"`,
      request,
    );
    return dryRun ? "next" : status;
  }
}

function later(request: HttpRequest, ms: number): Promise<Verdict> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      request.onGone = undefined;
      resolve("next");
    }, ms);
    request.onGone = () => {
      request.connection.log("info", "client prematurely closed connection", request);
      request.answer.status = 499;
      resolve(499);
    };
    request.onEnd.push(() => clearTimeout(timer));
  });
}

function connectionStep(block: Block, build: Build): Step {
  const said = (block.value(limits.limitConn) ?? []).map((each) => ({
    most: each.connections,
    name: each.zone,
    ...build.zones.connections.get(each.zone)!,
    counts: build.status.limitConnections.take(each.zone),
  }));
  const status = block.value(limits.limitConnStatus);
  const level = block.value(limits.limitConnLogLevel) as Level;
  const dryRun = block.value(limits.limitConnDryRun);
  return (request) => {
    if (request.main.limitConnStatus !== undefined) return "next";
    for (const { zone, key, most, name, counts } of said) {
      const value = key.value(request);
      if (value === "") continue;
      if (zone.enter(value, most)) {
        counts.add("passed");
        request.main.limitConnStatus = "PASSED";
        request.onEnd.push(() => zone.leave(value));
        continue;
      }
      counts.add(dryRun ? "rejected_dry_run" : "rejected");
      request.main.limitConnStatus = dryRun ? "REJECTED_DRY_RUN" : "REJECTED";
      request.connection.log(
        level,
        `limiting connections${dryRun ? ", dry run" : ""} by zone "${name}"`,
        request,
      );
      if (!dryRun) return status;
    }
    return "next";
  };
}
