import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { explainMissing } from "../../src/bpf/index.js";
import { ask, assertShares, inLab, until, vipLeaves } from "../support/proxy-lab.js";

const skip = explainMissing("maps", "xdp", "tc", "timers", "loops");

describe("Nginx in the lab", { skip, concurrency: 2 }, () => {
  test("weights 2 and 1 are kept to; a server that is stopped gets nothing, and no request is lost", () =>
    inLab("nginx", async (exec) => {
      assertShares(exec);
      exec("web1", "systemctl", "stop", "httpd");
      assert.deepEqual(
        new Set(ask(exec, 6)),
        new Set(["192.168.2.200"]),
        "a refused connection goes to the other server",
      );
      exec("web1", "systemctl", "start", "httpd");
      await until("web1 is asked again", () => ask(exec, 3).includes("192.168.2.100"));
      exec("nginx", "systemctl", "reload", "nginx");
      assert.ok(!ask(exec, 6).includes("lost"));
    }));

  test("the VIP of a pair leaves a proxy whose nginx has ended", () => vipLeaves("nginx"));
});
