import type { Directive } from "../../grammar/directive.js";
import { Mistake } from "../../grammar/mistake.js";
import type { Userlist } from "../../model/sections.js";
import type { Mutable } from "../proxy-draft.js";
import { wrongCharacter } from "../readers.js";
import { unknownIn } from "../sections.js";
import { missing, type SectionLines } from "./section-lines.js";

export function beginUserlist(directive: Directive): SectionLines {
  const { reading } = directive;
  const name = directive.at(1);
  if (name === "")
    throw new Mistake("'userlist' expects <name> as arguments.", {
      column: directive.column(1),
      code: "missing-argument",
    });
  directive.atMost(1);
  const wrong = wrongCharacter(name);
  if (wrong)
    directive.fail(`character '${wrong}' is not permitted in 'userlist' name '${name}'.`, {
      word: 1,
      code: "invalid-name",
    });
  if (reading.userlists.some((one) => one.name === name)) {
    directive.warn(`ignoring duplicated userlist '${name}'.`, { word: 1, close: true, code: "same-name" });
    return { take: () => {} };
  }
  const users: Mutable<Userlist["users"][number]>[] = [];
  const groups: Userlist["groups"][number][] = [];
  reading.userlists.push({ name, users, groups, place: directive.place(1) });
  reading.later.push(() => {
    for (const group of groups)
      for (const user of group.users) {
        const found = users.find((one) => one.name === user);
        if (!found)
          reading.failWith(
            directive.place(1),
            `userlist '${name}': no such user '${user}' specified in group '${group.name}'`,
            "unknown-user",
          );
        else if (!found.groups.includes(group.name)) found.groups = [...found.groups, group.name];
      }
    for (const user of users)
      for (const group of user.groups)
        if (!groups.some((one) => one.name === group))
          reading.failWith(
            directive.place(1),
            `userlist '${name}': no such group '${group}' specified in user '${user.name}'`,
            "unknown-group",
          );
  });
  return { take: (line) => userlistLine(line, name, users, groups) };
}

function userlistLine(
  line: Directive,
  list: string,
  users: Mutable<Userlist["users"][number]>[],
  groups: Userlist["groups"][number][],
): void {
  const [word, name] = [line.at(0), line.at(1)];
  if (word !== "user" && word !== "group") unknownIn(line, "userlist");
  if (name === "") missing(line, `'${word}' expects <name> as arguments.`, true);
  const wrong = wrongCharacter(name);
  if (wrong && word === "group")
    line.fail(`character '${wrong}' is not permitted in '${word}' name '${name}'.`, {
      word: 1,
      close: true,
      code: "invalid-name",
    });
  const known = word === "user" ? users : groups;
  if (known.some((one: { readonly name: string }) => one.name === name)) {
    line.warn(`ignoring duplicated ${word} '${name}' in userlist '${list}'.`, {
      word: 1,
      close: true,
      code: "same-name",
    });
    return;
  }
  if (word === "group") {
    const second = line.at(2);
    if (second !== "" && second !== "users")
      line.fail(`'${second}' only supports 'users' option.`, {
        word: 2,
        close: true,
        code: "unknown-keyword",
      });
    groups.push({ name, users: line.at(3) === "" ? [] : line.at(3).split(",") });
    return;
  }
  const user = { name, password: "", isHash: false, groups: [] as readonly string[] };
  for (let at = 2; line.at(at) !== ""; at += 2) {
    const option = line.at(at);
    const value = line.at(at + 1);
    if (option === "password" || option === "insecure-password") {
      user.password = value;
      user.isHash = option === "password";
    } else if (option === "groups") user.groups = value.split(",");
    else
      line.fail(`'${word}' only supports 'password', 'insecure-password' and 'groups' options.`, {
        word: at,
        close: true,
        code: "unknown-keyword",
      });
  }
  users.push(user);
}
