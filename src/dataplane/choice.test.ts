import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import type { RondoError } from "../errors.js";
import { chosenPlane } from "./choice.js";
import { IpvsPlane } from "./ipvs/index.js";

test("which plane is taken: the variable's, else the file's, else our own; a wrong word is an error", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "rondo-plane-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "plane");
  assert.equal(chosenPlane({}, file), "xdp");
  assert.equal(chosenPlane({ RONDO_PLANE: "ipvs" }, file), "ipvs");
  writeFileSync(file, "ipvs\n");
  assert.equal(chosenPlane({}, file), "ipvs");
  assert.equal(chosenPlane({ RONDO_PLANE: "" }, file), "ipvs");
  assert.equal(chosenPlane({ RONDO_PLANE: "xdp" }, file), "xdp");
  assert.throws(() => chosenPlane({ RONDO_PLANE: "ipv" }, file), {
    message: "RONDO_PLANE: there is no data plane ipv; did you mean ipvs?",
    exitStatus: 2,
  });
  writeFileSync(file, "ebpf\n");
  assert.throws(() => chosenPlane({}, file), { code: "no-plane", remedy: "There are xdp and ipvs." });
  assert.throws(() => chosenPlane({}, folder), { code: "no-plane" });
});

const isThere = existsSync("/proc/net/ip_vs");
test("a kernel without IPVS is told so, with what to do", { skip: isThere && "this kernel has IPVS" }, () => {
  assert.throws(
    () => new IpvsPlane(),
    (error: RondoError) => {
      assert.match(error.message, /^this kernel has no IPVS/);
      assert.match(error.remedy ?? "", /modprobe ip_vs/);
      return error.code === "no-ip-vs";
    },
  );
});
