// The list of messages of a channel, and how one message looks.

import { renderBlocks } from "./blocks.js";
import { wishFocus } from "./composer.js";
import { h } from "./dom.js";
import { avatar, icon } from "./icons.js";
import { person } from "./mentions.js";
import { mrkdwn } from "./mrkdwn.js";
import { openMenu } from "./overlay.js";
import { scrolled } from "./scroll.js";
import { clock, dayDivider, sameDay } from "./time.js";
import { act, setChannel, ui } from "./wire.js";

const SLACKBOT = { id: "SLACKBOT", name: "Slackbot" };

/** What Slack's own client says, between the messages of its time: failures of commands, commands in threads. */
export function notesFor(state, channel, thread) {
  const fromServer = thread ? [] : state.notices.map((n) => ({ ...n, key: `notice-${n.id}` }));
  const own = ui.local.filter((n) => n.as === ui.as && (n.thread ?? null) === thread);
  return [...fromServer, ...own]
    .filter((n) => n.channel === channel)
    .map((n) => ({ ts: n.at.toFixed(6), user: SLACKBOT.id, plain: n.text, ephemeral: true, key: n.key }));
}

export const when = (message) => Number(message.ts);

export function channelName(state, conversation, sign = "#") {
  if (conversation.kind === "mpim") return conversation.name;
  return conversation.kind === "im" ? state.app.name : `${sign}${conversation.name}`;
}

export function messagesPane(state, conversation) {
  const list = [...(state.messages[conversation.id] ?? []), ...notesFor(state, conversation.id, null)];
  const name = `Messages in ${channelName(state, conversation)}`;
  return h(
    "div",
    {
      class: "log",
      role: "log",
      tabindex: "0",
      "aria-label": name,
      key: `log-${ui.as}-${conversation.id}`,
      "data-channel": conversation.id,
      onscroll: scrolled,
    },
    h("div", { class: "log-start" }, beginning(state, conversation)),
    rows(
      list.sort((a, b) => when(a) - when(b)),
      state,
      conversation.id,
      null,
    ),
  );
}

function beginning(state, conversation) {
  if (conversation.kind === "im") {
    return [
      h("strong", null, state.app.name),
      h("p", null, `This is the very beginning of your messages with ${state.app.name}.`),
    ];
  }
  if (conversation.kind === "mpim") {
    return [
      h("strong", null, conversation.name),
      h("p", null, "This is the very beginning of your messages with these people."),
    ];
  }
  const who =
    conversation.kind === "private"
      ? "Only its members see this channel."
      : "Everybody in the workspace sees this channel.";
  return [
    h("strong", null, `# ${conversation.name}`),
    h("p", null, `This is the very beginning of the channel. ${who}`),
  ];
}

export function rows(list, state, channel, thread) {
  const zone = state.me.tz;
  return list.flatMap((message, index) => {
    const before = list[index - 1];
    const newDay = !thread && (!before || !sameDay(when(before), when(message), zone));
    const follows =
      !newDay &&
      before?.user === message.user &&
      when(message) - when(before) < 300 &&
      !before.ephemeral &&
      !message.ephemeral &&
      !before.replies?.length;
    const day =
      newDay && h("div", { class: "day", key: `day-${message.ts}` }, h("span", null, dayDivider(when(message), zone)));
    return [day, row(message, state, channel, thread, follows)];
  });
}

export function row(message, state, channel, thread, follows) {
  const who = message.user === SLACKBOT.id ? SLACKBOT : person(message.user);
  const time = clock(when(message), state.me.tz);
  const classes = [
    "message",
    message.ephemeral && "ephemeral",
    follows && "follows",
    message.text_missing && "text-missing",
  ];
  return h(
    "article",
    {
      class: classes.filter(Boolean).join(" "),
      key: message.key ?? `m-${message.ts}`,
      "data-ts": message.ts,
      "data-user": message.user,
      tabindex: "-1",
      "aria-label": `${who.name}, ${time}${message.ephemeral ? ", only visible to you" : ""}`,
    },
    message.ephemeral && h("div", { class: "only-you" }, icon("eye", 14), "Only visible to you"),
    h("div", { class: "gutter" }, follows ? h("time", { class: "hover-time" }, time) : avatar(who, 36)),
    h(
      "div",
      { class: "content" },
      !follows &&
        h(
          "div",
          { class: "by" },
          h("strong", null, who.name),
          who.bot && h("span", { class: "badge" }, "APP"),
          h("time", null, time),
        ),
      body(message, state, channel),
      message.text_missing &&
        h(
          "div",
          { class: "missing" },
          icon("error", 14),
          "No top-level text: notifications and screen readers get nothing.",
        ),
      !thread && repliesLine(message, state, channel),
    ),
    !message.plain && !message.ephemeral && tools(message, state, channel, thread),
  );
}

function body(message, state, channel) {
  if (message.plain) return h("div", { class: "text" }, message.plain);
  const edited = message.edited ? h("span", { class: "edited" }, " (edited)") : null;
  const container = { type: "message", channel, ts: message.ts };
  const ctx = (blocks, part = "") => ({
    place: `msg:${state.me.id}:${channel}:${message.ts}${part}`,
    container,
    blocks,
    kept: message.state?.values,
  });
  const blocks = message.blocks ?? [];
  return [
    blocks.length
      ? h("div", { class: "blocks" }, renderBlocks(blocks, ctx(blocks)), edited)
      : h("div", { class: "text" }, mrkdwn(message.text ?? ""), edited),
    (message.attachments ?? []).map((one, index) => attachment(one, ctx(one.blocks, `:${index}`))),
  ];
}

const COLOURS = { good: "#2eb67d", warning: "#ecb22e", danger: "#e01e5a" };

function attachment(one, ctx) {
  const node = h(
    "div",
    { class: "attachment" },
    one.title && h("strong", null, one.title),
    one.blocks ? renderBlocks(one.blocks, ctx) : h("div", { class: "text" }, mrkdwn(one.text ?? one.fallback ?? "")),
  );
  const colour =
    COLOURS[one.color] ?? (/^#?[0-9a-f]{6}$/i.test(one.color ?? "") ? `#${one.color.replace("#", "")}` : "#dddddd");
  node.style.borderLeftColor = colour;
  return node;
}

function repliesLine(message, state, channel) {
  const count = message.replies?.length ?? 0;
  if (!count) return null;
  const faces = [...new Set(message.replies.map((reply) => reply.user))].slice(0, 3);
  const last = message.replies.at(-1);
  return h(
    "button",
    { type: "button", class: "replies", onclick: () => openThread(channel, message.ts) },
    faces.map((id) => avatar(person(id), 20)),
    h("b", null, `${count} ${count === 1 ? "reply" : "replies"}`),
    h("span", null, `Last reply at ${clock(when(last), state.me.tz)}`),
  );
}

function openThread(channel, ts) {
  setChannel(channel, ts);
  wishFocus(channel, ts);
}

/** What Slack shows when a message is pointed at. It is always there for the keyboard. */
function tools(message, state, channel, thread) {
  const shortcuts = state.shortcuts
    .filter((one) => one.type === "message")
    .map((one) => ({
      label: one.name,
      note: state.app.name,
      run: () => act("shortcut", { channel, ts: message.ts, callback_id: one.callback_id }),
    }));
  return h(
    "div",
    { class: "tools", role: "group", "aria-label": "Message actions" },
    !thread &&
      h(
        "button",
        {
          type: "button",
          class: "icon-button",
          "aria-label": "Reply in thread",
          title: "Reply in thread",
          onclick: () => openThread(channel, message.ts),
        },
        icon("thread"),
      ),
    shortcuts.length > 0 &&
      h(
        "button",
        {
          type: "button",
          class: "icon-button",
          "aria-label": "More actions",
          title: "More actions",
          "aria-haspopup": "menu",
          "aria-expanded": "false",
          onclick: (event) => openMenu(event.currentTarget, "More message shortcuts", shortcuts),
        },
        icon("more"),
      ),
  );
}
