import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { markRule } from "../../test/support/mark-arbitraries.js";
import { RondoError } from "../errors.js";
import { checkMarkRules, markRuleText, parseMarkRules, shadows } from "./marks.js";

const read = (text: string) => parseMarkRules(text.split(" ").filter((word) => word !== ""));

test("what is printed is read again, whatever the rule", () => {
  fc.assert(fc.property(markRule, (rule) => assert.deepEqual(read(markRuleText(rule)), [rule])));
});

test("rules are printed as short as they can be", () => {
  for (const [given, printed] of [
    ["7", "7"],
    ["0x10 --protocol any", "16"],
    ["--to 192.0.2.1/32 -p tcp 7 --port 80", "7 --protocol tcp --to 192.0.2.1 --port 80"],
    [
      "7 -p udp -d 192.0.2.0/24 -s 2.0.0.0/8 --dport=5000:5010",
      "7 --protocol udp --to 192.0.2.0/24 --from 2.0.0.0/8 --port 5000-5010",
    ],
    ["4294967295 --to 2001:db8:0::/32", "4294967295 --to 2001:db8::/32"],
    ["0 --protocol icmp --to ::/0", "0 --protocol icmp --to ::/0"],
  ] as const)
    assert.equal(read(given).map(markRuleText).join("|"), printed);
});

test("several ports are several rules", () => {
  assert.deepEqual(read("7 -p tcp --port 80,443,8000-8010").map(markRuleText), [
    "7 --protocol tcp --port 80",
    "7 --protocol tcp --port 443",
    "7 --protocol tcp --port 8000-8010",
  ]);
});

test("a mistake is told with what was meant", () => {
  for (const [given, message, remedy] of [
    ["--protocol tcp", /mark is missing/, /0 to 4294967295/],
    ["4294967296", /no mark/, /0 to 4294967295/],
    ["7 8", /there is a mark already, 7/, undefined],
    ["7 --to", /--to needs a value/, undefined],
    ["7 --to 1.1.1.1 -d 1.1.1.2", /--to is given twice/, undefined],
    ["7 --dest 1.1.1.1", /no option --dest/, /--protocol, --to/],
    ["7 --protocol tpc", /there are tcp, udp, sctp, icmp, any/, undefined],
    ["7 --port 80", /needs a protocol with ports/, /--protocol tcp/],
    ["7 -p icmp --port 80", /needs a protocol with ports/, /--protocol tcp/],
    ["7 -p tcp --port 65536", /0 to 65535/, undefined],
    ["7 -p tcp --port 90-80", /ends before it begins/, undefined],
    ["7 -p tcp --port 80,", /0 to 65535/, undefined],
    [
      "7 --to 10.0.0.5/8",
      /--to 10.0.0.5\/8 has more in it than its 8 bits/,
      /Did you mean 10.0.0.0\/8, or 10.0.0.5\?/,
    ],
    ["7 --to 10.0.0.0/33", /0 to 32 bits/, undefined],
    ["7 --to 10.0.0.1:80", /no address/, /10.0.0.1 and --port 80/],
    ["7 --to [fd66::1]:80", /no address/, /fd66::1 and --port 80/],
    ["7 --to www", /no address/, undefined],
    ["7 --to 10.0.0.1 --from fd66::1", /two families/, undefined],
  ] as const)
    assert.throws(
      () => read(given),
      (error) => {
        assert.ok(error instanceof RondoError, given);
        assert.equal(error.exitStatus, 2);
        assert.match(error.message, message);
        if (remedy) assert.match(error.remedy ?? "", remedy);
        else assert.equal(error.remedy, undefined, given);
        return true;
      },
    );
});

test("a rule that is never asked is noticed", () => {
  const pairs = [
    ["7", "8 -p tcp --to 1.1.1.1 --port 80", true],
    ["7 -p tcp", "8 -p udp", false],
    ["7 -p tcp", "8", false],
    ["7 --to 10.0.0.0/8", "8 --to 10.1.0.0/16 -p tcp --port 80", true],
    ["7 --to 10.1.0.0/16", "8 --to 10.0.0.0/8", false],
    ["7 --to 0.0.0.0/0", "8 --to ::/0", false],
    ["7 --to 0.0.0.0/0", "8 --from 10.0.0.1", true],
    ["7 --to 0.0.0.0/0", "8", false],
    ["7 -p tcp --port 80-90", "8 -p tcp --port 85", true],
    ["7 -p tcp --port 80-90", "8 -p tcp", false],
  ] as const;
  for (const [earlier, later, expected] of pairs)
    assert.equal(shadows(read(earlier)[0]!, read(later)[0]!), expected, `${earlier} | ${later}`);
});

test("more rules than there is room for are refused", () => {
  const rules = Array.from({ length: 257 }, () => ({ mark: 1, protocol: "any" as const }));
  assert.throws(() => checkMarkRules(rules), /257 mark rules are more than the 256/);
});
