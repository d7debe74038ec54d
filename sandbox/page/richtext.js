// The rich_text block: sections, lists, quotes, preformatted text and everything that may stand in them.

import { h } from "./dom.js";
import { emoji } from "./emoji.js";
import { broadcastChip, channelChip, groupChip, link, safeUrl, userChip } from "./mentions.js";
import { slackDate } from "./time.js";
import { store } from "./wire.js";

export function richText(block) {
  return (block.elements ?? []).map(part);
}

function part(element) {
  const inner = element.elements ?? [];
  if (element.type === "rich_text_list") return list(element, inner);
  if (element.type === "rich_text_quote") return h("blockquote", null, inner.map(run));
  if (element.type === "rich_text_preformatted")
    return h(
      "pre",
      null,
      inner.map((one) => one.text ?? one.url ?? ""),
    );
  return h("div", { class: "rich-section" }, lines(inner));
}

function list(element, items) {
  const tag = element.style === "ordered" ? "ol" : "ul";
  const depth = Math.min(Number(element.indent ?? 0), 8);
  const props = {
    class: `rich-list indent-${depth}`,
    start: tag === "ol" && element.offset ? element.offset + 1 : null,
  };
  return h(
    tag,
    props,
    items.map((item) => h("li", null, lines(item.elements ?? []))),
  );
}

/** Line feeds inside a run are line breaks. */
function lines(elements) {
  return elements.map(run);
}

function breaks(text) {
  return text.split("\n").flatMap((line, index) => (index ? [h("br"), line] : [line]));
}

function run(element) {
  return styled(element.style ?? {}, plain(element));
}

function styled(style, nodes) {
  let inner = nodes;
  if (style.code) inner = [h("code", null, inner)];
  if (style.strike) inner = [h("s", null, inner)];
  if (style.underline) inner = [h("u", null, inner)];
  if (style.italic) inner = [h("em", null, inner)];
  if (style.bold) inner = [h("strong", null, inner)];
  return inner;
}

function plain(element) {
  const zone = store.state.me.tz;
  switch (element.type) {
    case "text":
      return breaks(element.text);
    case "emoji":
      return [emojiSign(element)];
    case "link":
      return [safeUrl(element.url) ? link(element.url, element.text ?? element.url) : (element.text ?? element.url)];
    case "user":
      return [userChip(element.user_id)];
    case "usergroup":
      return [groupChip(element.usergroup_id)];
    case "channel":
      return [channelChip(element.channel_id)];
    case "broadcast":
      return [broadcastChip(element.range)];
    case "color":
      return [element.value];
    case "date": {
      const made = slackDate(Number(element.timestamp), element.format, zone) ?? element.fallback ?? "";
      return [element.url && safeUrl(element.url) ? link(element.url, made) : h("time", null, made)];
    }
    default:
      return [element.text ?? element.fallback ?? ""];
  }
}

function emojiSign(element) {
  const fromCode = element.unicode && element.unicode.split("-").map((hex) => String.fromCodePoint(parseInt(hex, 16)));
  const sign = emoji(element.name) ?? fromCode?.join("");
  if (!sign) return `:${element.name}:`;
  return h("span", { class: "emoji", role: "img", "aria-label": element.name.replaceAll("_", " ") }, sign);
}
