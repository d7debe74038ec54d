// Slack's mrkdwn, read the way Slack's client reads it, into DOM nodes. Whatever is not markup stays text.

import { h } from "./dom.js";
import { emoji, withEmoji } from "./emoji.js";
import { broadcastChip, channelChip, groupChip, link, safeUrl, userChip } from "./mentions.js";
import { slackDate } from "./time.js";
import { store } from "./wire.js";

const decode = (text) => text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
const STYLES = { "*": "strong", _: "em", "~": "s" };
const WORD = /[\p{L}\p{N}]/u;
const BARE = /^(?:https?:\/\/[^\s<>|`]+[^\s<>|`.,;:!?'")\]]|[\w.+-]+@[\w-]+(?:\.[\w-]+)+)/;

/** A text object of any kind: mrkdwn or plain_text. */
export function text(object) {
  if (!object) return [];
  if (object.type === "mrkdwn") return mrkdwn(object.text, { verbatim: object.verbatim });
  return [object.emoji === false ? object.text : withEmoji(object.text)];
}

export function mrkdwn(source, { verbatim = false } = {}) {
  const nodes = [];
  source.split(/```\n?([\s\S]+?)\n?```/).forEach((piece, index) => {
    if (index % 2) nodes.push(h("pre", null, decode(piece)));
    else if (piece) nodes.push(...paragraphs(index ? piece.replace(/^\n/, "") : piece, verbatim));
  });
  return nodes;
}

function paragraphs(source, verbatim) {
  const nodes = [];
  let quote = null;
  let rest = false;
  source.split("\n").forEach((line, index) => {
    const mark = rest ? [""] : /^(?:&gt;|>){3}|^(?:&gt;|>)\s?/.exec(line);
    if (!mark) {
      if (index && !quote) nodes.push(h("br"));
      quote = null;
      nodes.push(...inline(line, verbatim));
      return;
    }
    rest ||= /^(?:&gt;|>){3}/.test(mark[0]);
    if (quote) quote.append(h("br"));
    else nodes.push((quote = h("blockquote")));
    quote.append(...inline(line.slice(mark[0].length), verbatim));
  });
  return nodes;
}

/** One line. Reads from the left; every rule either consumes something or leaves one sign as text. */
function inline(line, verbatim) {
  const nodes = [];
  let plain = "";
  let at = 0;
  const push = (node, length) => {
    if (plain) nodes.push(decode(plain));
    plain = "";
    nodes.push(node);
    at += length;
  };
  while (at < line.length) {
    const rest = line.slice(at);
    const found = special(rest) ?? styled(line, at, verbatim) ?? short(rest) ?? (verbatim ? null : bare(line, at));
    if (found) push(found.node, found.length);
    else plain += line[at++];
  }
  if (plain) nodes.push(decode(plain));
  return nodes;
}

function special(rest) {
  const code = /^`([^`\n]+)`/.exec(rest);
  if (code) return { node: h("code", null, decode(code[1])), length: code[0].length };
  const angle = /^<([^<>\n]+)>/.exec(rest);
  const node = angle && angled(angle[1]);
  return node ? { node, length: angle[0].length } : null;
}

function angled(inner) {
  const bar = inner.indexOf("|");
  const target = bar < 0 ? inner : inner.slice(0, bar);
  const label = bar < 0 ? null : decode(inner.slice(bar + 1));
  if (/^@[UW][A-Z0-9]+$/.test(target)) return userChip(target.slice(1), label);
  if (/^#[CDG][A-Z0-9]+$/.test(target)) return channelChip(target.slice(1), label);
  if (/^!subteam\^/.test(target)) return groupChip(target.split("^")[1], label);
  if (/^!date\^/.test(target)) return dated(target, label);
  if (/^!(?:channel|here|everyone)$/.test(target)) return broadcastChip(target.slice(1));
  return safeUrl(decode(target)) ? link(decode(target), label ?? decode(target).replace(/^mailto:/, "")) : null;
}

function dated(target, label) {
  const [, seconds, format, url] = target.split("^");
  const made = slackDate(Number(seconds), decode(format ?? ""), store.state.me.tz) ?? label ?? "";
  return url && safeUrl(decode(url)) ? link(decode(url), made) : h("time", null, made);
}

/** `*bold*`, `_italic_`, `~strike~`: only at the edge of a word, and only when closed on the same line. */
function styled(line, at, verbatim) {
  const mark = line[at];
  if (!(mark in STYLES) || (at && WORD.test(line[at - 1])) || /\s/.test(line[at + 1] ?? " ")) return null;
  if (line[at + 1] === mark) return null;
  for (let end = at + 2; end < line.length; end += 1) {
    const skip = /^(?:`[^`\n]+`|<[^<>\n]+>)/.exec(line.slice(end - 1));
    if (skip && end - 1 > at) end += skip[0].length - 1;
    if (line[end] !== mark || /\s/.test(line[end - 1]) || WORD.test(line[end + 1] ?? " ")) continue;
    const inner = inline(line.slice(at + 1, end), verbatim);
    return { node: h(STYLES[mark], null, inner), length: end - at + 1 };
  }
  return null;
}

function short(rest) {
  const code = /^:([a-z0-9_+-]+):/.exec(rest);
  const sign = code && emoji(code[1]);
  return sign
    ? {
        node: h("span", { class: "emoji", role: "img", "aria-label": code[1].replaceAll("_", " ") }, sign),
        length: code[0].length,
      }
    : null;
}

function bare(line, at) {
  if (at && WORD.test(line[at - 1])) return null;
  const found = BARE.exec(line.slice(at));
  if (!found) return null;
  const shown = decode(found[0]);
  return { node: link(shown.includes("://") ? shown : `mailto:${shown}`, shown), length: found[0].length };
}
