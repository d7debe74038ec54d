// Mentions and links as small DOM nodes, shared by mrkdwn and rich text.

import { h } from "./dom.js";
import { setChannel, store, toast, ui } from "./wire.js";

export function person(id) {
  return store.state.people.find((one) => one.id === id) ?? { id, name: id, role: "unknown" };
}

export function userChip(id, label) {
  const mine = id === store.state.me.id;
  const known = store.state.people.find((one) => one.id === id);
  return h("span", { class: mine ? "mention mine" : "mention", "data-user": id }, `@${known?.name ?? label ?? id}`);
}

const GROUP_OF = { agent: "S0AGENTS", manager: "S0MANAGERS" };

export function groupChip(id, label) {
  const group = store.state.groups.find((one) => one.id === id);
  const mine = GROUP_OF[store.state.me.role] === id;
  return h("span", { class: mine ? "mention mine" : "mention" }, `@${group?.handle ?? label?.replace(/^@/, "") ?? id}`);
}

export const broadcastChip = (range) => h("span", { class: "mention mine" }, `@${range}`);

export function channelChip(id, label) {
  const channel = store.state.conversations.find((one) => one.id === id);
  if (!channel) return h("span", { class: "mention" }, label ? `#${label}` : "🔒 private channel");
  return h("button", { type: "button", class: "mention link", onclick: () => setChannel(id) }, `#${channel.name}`);
}

export const safeUrl = (url) => /^(?:https?:\/\/[^/]|mailto:|tel:)/i.test(url);

/** `…/archives/C123/p1763900000000100?thread_ts=…`: Slack's own links stay inside Slack. */
function permalink(url) {
  const found = /\/archives\/([CDG][A-Z0-9]+)(?:\/p(\d{10})(\d{6}))?(?:\?.*?thread_ts=([\d.]+))?/.exec(url);
  if (!found) return null;
  const [, channel, whole, part, thread] = found;
  return { channel, ts: whole ? `${whole}.${part}` : null, thread };
}

/** Where a link leads. Only this machine and Slack's own pages open: the sandbox promises that nothing leaves. */
export function follow(url) {
  const inside = permalink(url);
  if (inside) {
    if (!store.state.conversations.some((one) => one.id === inside.channel))
      return toast("You are not in that channel.");
    const roots = store.state.messages[inside.channel] ?? [];
    const root = roots.find((one) => one.ts === (inside.thread ?? inside.ts));
    ui.point = inside.ts;
    return setChannel(inside.channel, root && (inside.thread || root.replies?.length) ? root.ts : null);
  }
  const host = safeUrl(url) && /^http/i.test(url) ? new URL(url).hostname : "";
  if (["127.0.0.1", "localhost", "[::1]"].includes(host)) return window.open(url, "_blank", "noopener");
  return toast(`In Slack this opens ${url}. Here nothing leaves this machine.`);
}

export function link(url, ...label) {
  const go = (event) => {
    event.preventDefault();
    follow(url);
  };
  return h("a", { href: url, rel: "noopener noreferrer", target: "_blank", onclick: go }, ...label);
}
