// A process with a role: it says its snapshot, a line, as soon as it is master, and is there to be killed.
import { silent } from "../../src/errors.js";
import { ReadySet, runScript } from "../../src/sys/index.js";
import { VrrpRole } from "../../src/vrrp/index.js";
import { fast, roleConfig } from "./vrrp-hosts.js";

const role = new VrrpRole(roleConfig([fast({ priority: 200 })]), {
  log: silent,
  ready: new ReadySet(),
  runScript: ({ argv }, options) => runScript({ argv }, options),
  onEvent: (event) => {
    if (event.kind === "transition" && event.to === "MASTER")
      setImmediate(() => console.log(JSON.stringify(role.snapshot())));
  },
});
role.start();
