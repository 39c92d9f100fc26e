// A reply of SMTP (RFC 5321, section 4.2): one line or several, of which all but the last have a hyphen behind the code.
//
//   reply = *( code "-" [ text ] CR LF ) code [ " " [ text ] ] CR LF
//   code  = 3DIGIT

/** A reply has no more bytes than this (RFC 5321 wants 512 a line). */
const longest = 16 * 1024;

/** Reads one reply after the other out of what comes. */
export class SmtpReplies {
  #text = "";
  #code: number | undefined;
  #length = 0;

  /**
   * Takes bytes. The codes of the replies that are whole now; -1 for a line that is none of SMTP's, or too long: then
   * nothing more is to be expected.
   */
  take(bytes: Buffer): number[] {
    this.#text += bytes.toString("latin1");
    this.#length += bytes.length;
    const codes: number[] = [];
    for (let end = this.#text.indexOf("\n"); end >= 0; end = this.#text.indexOf("\n")) {
      const line = this.#text.slice(0, end).replace(/\r$/, "");
      this.#text = this.#text.slice(end + 1);
      const found = /^(\d{3})(?:([ -]).*)?$/s.exec(line);
      const code = Number(found?.[1]);
      if (!found || (this.#code !== undefined && code !== this.#code)) return [...codes, -1];
      this.#code = code;
      if (found[2] === "-") continue;
      codes.push(code);
      this.#code = undefined;
      this.#length = this.#text.length;
    }
    return this.#length > longest ? [...codes, -1] : codes;
  }
}
