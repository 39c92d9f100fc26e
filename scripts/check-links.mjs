// Links between documents must lead somewhere: every link of every Markdown file that names no other site must name a
// file or folder that is there, and if it has a fragment, a heading of that document.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

const root = resolve(new URL("..", import.meta.url).pathname);
const notOurs = ["node_modules", "dist", ".git"];

function* documents(folder) {
  for (const name of readdirSync(folder)) {
    if (notOurs.includes(name)) continue;
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* documents(path);
    else if (name.endsWith(".md")) yield path;
  }
}

/** The text with code made blank, so that lines keep their numbers. */
const withoutCode = (text) =>
  text
    .replace(/^(`{3,}|~{3,})[^\n]*\n[\s\S]*?^\1[^\n]*$/gm, (code) => code.replace(/[^\n]/g, " "))
    .replace(/(`+)(?!`)[^\n]*?[^`\n]\1(?!`)/g, (code) => " ".repeat(code.length));

/** The names that headings have as fragments: small letters, hyphens for blanks, a number behind a name that is taken. */
function fragments(path) {
  const found = new Set();
  const lines = readFileSync(path, "utf8").replace(/^(`{3,}|~{3,})[^\n]*\n[\s\S]*?^\1[^\n]*$/gm, "");
  for (const [, heading] of lines.matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const name = heading
      .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M} _-]/gu, "")
      .replaceAll(" ", "-");
    let unique = name;
    for (let count = 1; found.has(unique); count++) unique = `${name}-${count}`;
    found.add(unique);
  }
  return found;
}

const wrong = [];
for (const document of documents(root)) {
  const text = withoutCode(readFileSync(document, "utf8"));
  for (const match of text.matchAll(/\]\(<?([^)\s>]+)>?(?:\s+"[^"]*")?\)|^\[[^\]]+\]:\s+<?(\S+?)>?\s*$/gm)) {
    const target = match[1] ?? match[2];
    if (/^[a-z][a-z0-9+.-]*:|^\/\//i.test(target)) continue;
    const where = `${relative(root, document)}:${text.slice(0, match.index).split("\n").length}`;
    const [path, fragment] = target.split("#");
    const file = path === "" ? document : resolve(dirname(document), decodeURIComponent(path));
    if (!existsSync(file)) wrong.push(`${where}: ${target} is not there`);
    else if (fragment && file.endsWith(".md") && !fragments(file).has(decodeURIComponent(fragment)))
      wrong.push(`${where}: ${relative(root, file)} has no heading #${fragment}`);
  }
}
for (const line of wrong) console.error(line);
if (wrong.length > 0) process.exit(1);
