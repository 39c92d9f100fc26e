import fc from "fast-check";

/** Mostly one of the usual ones: what is odd is most telling where all else is right. */
function mostly(usual: readonly string[], odd: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof(
    { arbitrary: fc.constantFrom(...usual), weight: 9 },
    { arbitrary: fc.constantFrom(...odd), weight: 1 },
  );
}

const fields = mostly(
  ["Host: a", "X: 1", "Connection: keep-alive", "Accept: */*"],
  [
    "Host: b",
    "Host : a",
    "X: \x01",
    "X: a\0b",
    "X: a\rb",
    "X",
    ": x",
    " folded",
    "\tContent-Length: 3",
    "Transfer-Encoding:\r\n chunked",
    "Connection: close",
  ],
);

const framing = mostly(
  ["Content-Length: 3", "Transfer-Encoding: chunked", "Content-Length: 5", "Y: 1"],
  [
    "Content-Length: 03",
    "Content-Length: 3, 3",
    "Content-Length: 3,5",
    "Content-Length: +3",
    "Content-Length: 0x3",
    "Content-Length: -1",
    "Content-Length : 3",
    "Content-Length: 3\t",
    "Content-Length: 18446744073709551619",
    "Transfer-Encoding: CHUNKED",
    "Transfer-Encoding:\tchunked",
    "Transfer-Encoding : chunked",
    "Transfer-Encoding: chunked, identity",
    "Transfer-Encoding: identity",
    "Transfer-Encoding: xchunked",
    "Transfer-Encoding: gzip, chunked",
    "Transfer-Encoding: chunked\x0b",
    "Transfer_Encoding: chunked",
  ],
);

const bodies = mostly(
  ["", "abc", "abcde", "3\r\nabc\r\n0\r\n\r\n", "0\r\n\r\n"],
  [
    "3;x=y\r\nabc\r\n0\r\n\r\n",
    "03\r\nabc\r\n0\r\nT: 1\r\n\r\n",
    "3\nabc\n0\n\n",
    "0x3\r\nabc\r\n0\r\n\r\n",
    "3 \r\nabc\r\n0\r\n\r\n",
    "3\r\nabcd\r\n0\r\n\r\n",
    "-3\r\nabc\r\n0\r\n\r\n",
  ],
);

/** Requests, right and wrong in all the ways that are known to be read differently by different readers, one to three in a row. */
export const requestTexts: fc.Arbitrary<string> = fc
  .array(
    fc
      .record({
        method: mostly(["GET", "POST", "PUT"], ["HEAD", "G(T", "get"]),
        target: mostly(["/", "/a?b=c"], ["http://a/x", "*", "a:80", "/\xe9", "/a b"]),
        version: mostly(["HTTP/1.1"], ["HTTP/1.0", "HTTP/1.2", "HTTP/2.0", "HTTP/11", ""]),
        end: mostly(["\r\n"], ["\n", "\r"]),
        said: fc.tuple(fc.array(fields, { maxLength: 2 }), fc.array(framing, { maxLength: 2 })),
        body: bodies,
      })
      .map(({ method, target, version, end, said, body }) => {
        const lines = said.flat().map((each) => each + end);
        return `${method} ${target} ${version}${end}${lines.join("")}${end}${body}`;
      }),
    { minLength: 1, maxLength: 3 },
  )
  .map((all) => all.join(""));
