import { createServer } from "node:net";
import type { Bind, SocketAddress } from "../../config/haproxy/model/index.js";
import { bindFailureText } from "../../haproxy/assemble/bind-error.js";
import type { BindOptions } from "../../haproxy/assemble/binding.js";
import type { ListenerPlan } from "../../haproxy/assemble/listener-plan.js";
import { OfferedSockets } from "../../haproxy/assemble/offered-sockets.js";
import { type BoundSockets, bindAll } from "../../haproxy/assemble/sockets.js";
import { duplicate } from "../../sys/index.js";
import { listenersText } from "./environment.js";
import type { Master } from "./master.js";
import { MasterSession } from "./master-session.js";
import type { Messages } from "./messages.js";

/** Opens the sockets of `-S ADDRESS[,OPTION,VALUE…]`: false, and said, where that can't be. Their level is admin by itself. */
export async function openMasterSockets(
  texts: readonly string[],
  master: Master,
  options: BindOptions,
  messages: Messages,
): Promise<boolean> {
  const plans: ListenerPlan[] = [];
  for (const [index, text] of texts.entries()) {
    const bind = masterBind(text);
    if (typeof bind === "string") {
      messages.alert(`${bind}\nCan't create the master's CLI.`);
      return false;
    }
    plans.push({
      index,
      owner: { kind: "master" },
      bind,
      port: bind.address.kind === "inet" ? bind.address.ports?.from : undefined,
      id: index + 1,
      name: `sock-${index + 1}`,
      backlog: 10,
    });
  }
  if (plans.length > 0)
    process.env["HAPROXY_MASTER_CLI"] = listenersText(plans.map(({ bind }) => bind).reverse());
  const sockets: BoundSockets = new Map();
  const failures = bindAll(plans, new OfferedSockets(), options, sockets);
  if (failures.length > 0) {
    for (const failure of failures) messages.alert(bindFailureText(failure));
    return false;
  }
  for (const plan of plans) {
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      const session = new MasterSession(
        master,
        plan.bind.level ?? "admin",
        () => messages.startupLog.join(""),
        { write: (text) => void socket.write(text, "latin1"), end: () => socket.end() },
      );
      socket.setEncoding("latin1");
      socket.on("data", (text: string) => session.receive(text));
      socket.on("end", () => session.inputEnded());
      socket.on("close", () => session.closed());
      socket.on("error", () => socket.destroy());
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen({ fd: duplicate(sockets.get(plan.index)!) }, resolve);
    });
  }
  return true;
}

/** A bind line of commas, as -S has it; a sentence where it is wrong. */
function masterBind(text: string): Bind | string {
  const [where = "", ...words] = text.split(",");
  const address = masterAddress(where);
  if (address === undefined) return `-S : '${where}' is no address`;
  const said: { -readonly [Name in keyof Bind]?: Bind[Name] } = {};
  while (words.length > 0) {
    const word = words.shift()!;
    if (word === "expose-fd") {
      words.shift();
      continue;
    }
    const value = words.shift() ?? "";
    if (word === "level" && (value === "user" || value === "operator" || value === "admin"))
      said.level = value;
    else if (word === "mode" && /^[0-7]+$/.test(value)) said.mode = Number.parseInt(value, 8);
    else if (word === "uid" && /^\d+$/.test(value)) said.uid = Number(value);
    else if (word === "gid" && /^\d+$/.test(value)) said.gid = Number(value);
    else if (word === "severity-output" || word === "name" || word === "id") continue;
    else return `-S : unknown or wrong option '${word} ${value}'`;
  }
  const bind: Partial<Bind> = {
    ...said,
    address,
    text: where,
    v6only: false,
    transparent: false,
    deferAccept: false,
    tfo: false,
    place: { file: "-S", line: 1, column: 1 },
  };
  return bind as Bind;
}

function masterAddress(text: string): SocketAddress | undefined {
  const [, prefix = "", rest = ""] = /^(?:(fd|sockpair|abns|unix|ipv4|ipv6|ip)@)?(.*)$/s.exec(text)!;
  if (prefix === "fd" || prefix === "sockpair") return { kind: prefix, fd: Number(rest) };
  if (prefix === "abns") return { kind: "abstract", path: rest, type: "stream" };
  if (prefix === "unix" || rest.startsWith("/")) return { kind: "unix", path: rest, type: "stream" };
  const found = /^(.*):(\d+)$/.exec(rest);
  if (!found) return undefined;
  const host = found[1]!.replace(/^\[(.*)\]$/, "$1");
  const port = Number(found[2]);
  return {
    kind: "inet",
    host: host === "*" ? "" : host,
    family: prefix === "ipv6" ? 6 : prefix === "ipv4" ? 4 : undefined,
    ports: { from: port, to: port },
    type: "stream",
  };
}
