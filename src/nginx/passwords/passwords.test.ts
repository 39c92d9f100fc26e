import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { passwordFits } from "./password-fits.js";

test("hashes of files of users", () => {
  for (const hash of [
    "{PLAIN}secret",
    "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=",
    "$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/",
  ]) {
    assert.ok(passwordFits("secret", hash), hash);
    assert.ok(!passwordFits("Secret", hash), hash);
    assert.ok(!passwordFits("", hash), hash);
  }
  assert.ok(!passwordFits("secret", "{SSHA}"));
  assert.ok(!passwordFits("secret", ""));
});

test("Apache's MD5 is what openssl makes of a password", (t) => {
  if (spawnSync("openssl", ["version"]).status !== 0) return t.skip("needs openssl");
  for (const password of ["", "a", "a longer password with blanks", "0123456789abcdef0"]) {
    const { stdout } = spawnSync("openssl", ["passwd", "-apr1", "-salt", "saltsalt", "-stdin"], {
      input: `${password}\n`,
      encoding: "utf8",
    });
    assert.ok(passwordFits(password, stdout.trim()), `${password}: ${stdout}`);
  }
});
