// Replies as nodes: the little Markdown that models write, made by hand so that nothing in it can become a script.

const INLINE = new RegExp(
  [
    "\\*\\*(?<bold>[^*]+)\\*\\*",
    "`(?<code>[^`]+)`",
    "\\[(?<words>[^\\]]+)\\]\\((?<target>https?://[^\\s)]+)\\)",
    "(?<url>https?://[^\\s<>\"'，。；：！？、）】]*[^\\s<>\"'.,;:!?)，。；：！？、）】])",
    "\\[(?<mark>\\d{1,2})\\]",
  ].join("|"),
  "g",
);
const LIST_ITEM = /^\s*(?:[-*•]|(\d+)[.)])\s+/;
const HEADING = /^#{1,6}\s+/;

/** A text with links and the numbers of its sources; line breaks stay. */
function plainText(text, numbers = new Set()) {
  const pieces = inline(text, numbers, { plain: true });
  return element("div", { class: "words" }, pieces);
}

/** A reply of a model: paragraphs, lists and bold words besides. */
function richText(text, numbers) {
  const blocks = [];
  for (const part of text.split(/\n{2,}/)) blocks.push(...partBlocks(part, numbers));
  return element("div", { class: "words rich" }, blocks);
}

function partBlocks(part, numbers) {
  const blocks = [];
  for (const line of part.split("\n")) {
    const item = LIST_ITEM.exec(line);
    if (item) {
      const tag = item[1] ? "ol" : "ul";
      if (blocks.at(-1)?.localName !== tag) blocks.push(element(tag, item[1] ? { start: item[1] } : {}));
      blocks.at(-1).append(element("li", {}, inline(line.slice(item[0].length), numbers)));
    } else if (HEADING.test(line)) {
      blocks.push(element("p", {}, element("b", {}, inline(line.replace(HEADING, ""), numbers))));
    } else if (blocks.at(-1)?.localName === "p") {
      blocks.at(-1).append(element("br"), ...inline(line, numbers));
    } else if (line.trim()) {
      blocks.push(element("p", {}, inline(line, numbers)));
    }
  }
  return blocks;
}

function inline(text, numbers, { plain = false } = {}) {
  const pieces = [];
  let end = 0;
  for (const found of text.matchAll(INLINE)) {
    const before = text.slice(end, found.index);
    // The number of a source never begins a line.
    pieces.push(found.groups.mark ? before.replace(/ +$/, "\u00a0") : before, inlinePiece(found, numbers, plain));
    end = found.index + found[0].length;
  }
  pieces.push(text.slice(end));
  return pieces.filter((piece) => piece !== "");
}

function inlinePiece(found, numbers, plain) {
  const { bold, code, words, target, url, mark } = found.groups;
  if (url) return webLink(url, url);
  if (mark) return numbers.has(Number(mark)) ? element("sup", {}, mark) : found[0];
  if (plain) return found[0];
  if (bold) return element("b", {}, inline(bold, numbers));
  if (code) return element("code", {}, code);
  return webLink(target, words);
}

/** A link that opens apart from the page; nothing for an address that is not of the web. */
function webLink(url, words) {
  if (!/^https?:\/\//i.test(url ?? "")) return null;
  return element("a", { href: url, target: "_blank", rel: "noopener noreferrer" }, words);
}
