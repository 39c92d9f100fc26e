import type { World } from "./world.js";

/** Answers by question: "read /etc/keepalived/keepalived.conf". Plain JSON; no answer ("can't tell") is left out. */
export type Answers = Record<string, unknown>;

/** A world that asks each question once and notes the answer; what is noted already is not asked at all. */
export function recordedWorld(world: World, answers: Answers): World {
  const once = <T>(question: string, ask: () => T): T => {
    if (Object.hasOwn(answers, question)) return answers[question] as T;
    const answer = ask();
    if (answer !== undefined) answers[question] = answer;
    return answer;
  };
  return {
    workingDirectory: () => once("workingDirectory", () => world.workingDirectory()),
    time: () => once("time", () => world.time()),
    hostName: () => once("hostName", () => world.hostName()),
    ownUser: () => once("ownUser", () => world.ownUser()),
    user: (name) => once(`user ${name}`, () => world.user(name)),
    group: (name) => once(`group ${name}`, () => world.group(name)),
    interface: (name) => once(`interface ${name}`, () => world.interface(name)),
    number: (table, name) => once(`number ${table} ${name}`, () => world.number(table, name)),
    script: (path, uid, gid) => once(`script ${uid}:${gid} ${path}`, () => world.script(path, uid, gid)),
    processors: () => once("processors", () => world.processors()),
    directory: (path) => once(`directory ${path}`, () => world.directory(path)),
    glob: (pattern, directory) => once(`glob ${directory} ${pattern}`, () => world.glob(pattern, directory)),
    read: (path) => once(`read ${path}`, () => world.read(path)),
  };
}

/** A world that knows nothing but what is noted. */
export const emptyWorld: World = {
  workingDirectory: () => "/",
  time: () => 0,
  hostName: () => "localhost",
  ownUser: () => ({ name: "root", uid: 0, gid: 0 }),
  user: () => null,
  group: () => null,
  interface: () => undefined,
  number: () => null,
  script: () => undefined,
  processors: () => 1024,
  directory: (path) => path,
  glob: (pattern) => ({
    paths: [],
    missing: /[*?[{]/.test(pattern) ? 0 : 1,
    wildcards: /[*?[]/.test(pattern),
  }),
  read: () => ({ kind: "missing" }),
};
