import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { explainMissing } from "../../src/bpf/index.js";
import { ask, assertShares, inLab, until, vipLeaves } from "../support/proxy-lab.js";

const skip = explainMissing("maps", "xdp", "tc", "timers", "loops");

describe("HAProxy in the lab", { skip, concurrency: 2 }, () => {
  test("weights 2 and 1 are kept to; a server that is cut leaves after three checks and comes back after two, and no request is lost", () =>
    inLab("haproxy", async (exec) => {
      assertShares(exec);
      const state = () =>
        exec("client", "curl", "-s", "-u", "admin:admin", "http://192.168.4.5:1080/stats;csv")
          .split("\n")
          .find((line) => line.startsWith("web,web2,"))
          ?.split(",")[17];
      await until("web2 has been checked", () => state() === "UP");
      exec("web2", "systemctl", "stop", "httpd");
      assert.deepEqual(
        new Set(ask(exec, 6)),
        new Set(["192.168.2.100"]),
        "a refused connection goes to the other server",
      );
      await until("web2 is down", () => state() === "DOWN");
      exec("web2", "systemctl", "start", "httpd");
      await until("web2 is up again", () => state() === "UP");
      assert.ok(ask(exec, 3).includes("192.168.2.200"));
    }));

  test("the VIP of a pair leaves a proxy whose haproxy has ended", () => vipLeaves("haproxy"));
});
