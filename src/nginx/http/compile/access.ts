import { accessStep, anyOf, delayed } from "../phases/access.js";
import { authBasic } from "../phases/auth-basic.js";
import { authRequest } from "../phases/auth-request.js";
import type { Step } from "../runtime.js";
import { type Build, textOf } from "./build.js";
import { access, auth, type Block, core } from "./definitions.js";

/** Who may come in, in nginx's order; a request within another one isn't asked again. */
export function accessSteps(block: Block, build: Build): Step[] {
  const steps: Step[] = [];
  const rules = block.value(access.allow);
  if (rules !== undefined) steps.push(accessStep(rules));
  const realm = block.value(auth.authBasic);
  const file = block.value(auth.authBasicUserFile);
  if (realm !== undefined && realm.text !== "off" && file !== undefined)
    steps.push(authBasic(textOf(build, realm), textOf(build, file), build.confPrefix));
  const [uri] = block.value(auth.authRequest) ?? [];
  if (uri !== undefined) steps.push(authRequest(uri, assignments(block, build)));
  const all = block.value(core.satisfy) === "any" && steps.length > 1 ? [anyOf(steps)] : steps;
  const delayMs = block.value(core.authDelay);
  return all
    .map((step) => (delayMs > 0 ? delayed(step, delayMs) : step))
    .map((step) => (request) => (request.main === request ? step(request) : "next"));
}

function assignments(block: Block, build: Build): Parameters<typeof authRequest>[1] {
  return (block.value(auth.authRequestSet) ?? []).map(({ name, value }) => ({
    value: textOf(build, value),
    assign: build.registry.defineBySet(name, value.place),
  }));
}
