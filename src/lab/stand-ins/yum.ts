import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { findProgram } from "../find-program.js";
import { haproxyFile } from "../haproxy.js";
import { helpful } from "../helpful.js";
import { keepalivedFile } from "../keepalived.js";
import { nginxFile } from "../nginx.js";
import type { Standing } from "./out.js";

/** What a lab's host has by itself. */
const builtIn: Readonly<Record<string, string>> = {
  ipvsadm: "Rondo's ipvsadm",
  keepalived: "Rondo's keepalived: `systemctl start keepalived` has it read /etc/keepalived/keepalived.conf",
  haproxy: "Rondo's haproxy: `systemctl start haproxy` has it read /etc/haproxy/haproxy.cfg",
  nginx: "Rondo's nginx: `systemctl start nginx` has it read /etc/nginx/nginx.conf",
  httpd: "the lab's web server: `systemctl start httpd` has it serve /var/www/html",
};

/** `yum -y install PACKAGE…`: says what stands for it, and fails for what isn't there. Nothing is installed by it. */
export function yum(words: readonly string[], { say, complain }: Standing): number {
  const [verb, ...packages] = words.filter((word) => !word.startsWith("-"));
  if (verb !== "install" || packages.length === 0) {
    complain("on a lab's host, yum knows `yum install PACKAGE…`");
    return 1;
  }
  let status = 0;
  for (const typed of packages) {
    const name = typed.replace(/\*$/, "");
    const command = commandOf(name);
    if (name === "keepalived") mkdirSync(dirname(keepalivedFile), { recursive: true });
    if (name === "haproxy") mkdirSync(dirname(haproxyFile), { recursive: true });
    if (name === "nginx") mkdirSync(dirname(nginxFile), { recursive: true });
    if (builtIn[name]) say(`${name} is there already: ${builtIn[name]}`);
    else if (command) say(`${name} is there already: ${command}`);
    else {
      status = 1;
      const known = helpful.find((entry) => entry.package === name || entry.command === name);
      complain(
        known
          ? `${name} is missing: on the machine, \`rondo lab setup --install\` gets it for all hosts`
          : `No package ${typed} available: a lab's host has the machine's programs, and ${Object.keys(builtIn).join(", ")}`,
      );
    }
  }
  return status;
}

function commandOf(name: string): string | undefined {
  try {
    return findProgram(
      helpful.find((entry) => entry.package === name)?.command ?? name,
      `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin`,
    );
  } catch {
    return undefined;
  }
}
