/** Text in HTML, also between quotes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** "12 345 678", with thin spaces that don't break. */
export function groupDigits(value: number | string | undefined): string {
  return String(value ?? "").replace(/\B(?=(\d{3})+(?!\d))/g, "&#8239;");
}

/** The share of a whole in per cent, cut off. */
export const percent = (part: number, whole: number): number =>
  whole === 0 ? 0 : Math.floor((100 * part) / whole);

let tips = 0;

/** What shows when a figure is pointed at, touched or reached by the keyboard: rows of name, figure, and perhaps a remark. */
export type TipRow = readonly [name: string, value?: string, remark?: string];

/** A figure with more to tell. */
export function withTip(shown: string, rows: readonly TipRow[] | string): string {
  tips = (tips + 1) % 1_000_000;
  const id = `t${tips}`;
  const body =
    typeof rows === "string"
      ? rows
      : `<span class="rows">${rows
          .map(([name, value, remark]) =>
            value === undefined
              ? `<b>${name}</b>`
              : `<span>${name}</span><span class="value">${value}</span><span>${remark ?? ""}</span>`,
          )
          .join("")}</span>`;
  return `<span class="tip" tabindex="0" aria-describedby="${id}">${shown}<span role="tooltip" id="${id}">${body}</span></span>`;
}
