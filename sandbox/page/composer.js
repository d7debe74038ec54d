// The message box: slash commands with their completion, messages, and replies in threads.

import { h, idFor } from "./dom.js";
import { icon } from "./icons.js";
import { openMenu } from "./overlay.js";
import { now } from "./time.js";
import { act, redraw, ui } from "./wire.js";

const placeOf = (channel, thread) => `${ui.as}|${channel}|${thread ?? ""}`;
const draft = (place) => ui.drafts.get(place) ?? "";

let chosen = 0; // the highlighted line of the completion
let dismissed = null; // the text for which Escape closed it

let wish = null; // the box that shall have the focus once it is drawn: another person's may take a moment

/** Puts a text into the box of a channel and the cursor behind it. */
export function fill(channel, words) {
  ui.drafts.set(placeOf(channel, null), words);
  wishFocus(channel);
}

export function wishFocus(channel, thread = null) {
  wish = placeOf(channel, thread);
  redraw();
}

/** After drawing: gives the focus that was wished for, unless a dialog covers the box. */
export function grantFocus() {
  const box = wish && document.querySelector(`[data-key="${CSS.escape(`composer-${wish}`)}"] textarea`);
  if (!box) return;
  wish = null;
  if (box.closest("[inert]")) return;
  box.focus();
  box.setSelectionRange(box.value.length, box.value.length);
}

function matches(state, typed, thread) {
  if (thread || typed === dismissed || !/^\/\S*$/.test(typed)) return [];
  return state.commands.filter((one) => one.command.startsWith(typed));
}

export function composer(state, conversation, thread = null) {
  const place = placeOf(conversation.id, thread);
  const typed = draft(place);
  const found = matches(state, typed, thread);
  chosen = Math.min(chosen, Math.max(found.length - 1, 0));
  const listId = idFor(`commands-${thread ?? ""}`);
  const target = { im: state.app.name, mpim: conversation.name }[conversation.kind] ?? `#${conversation.name}`;
  const ctx = { state, conversation, thread, place, found };
  return h(
    "div",
    { class: "composer", id: thread ? null : "composer", key: `composer-${place}` },
    found.length > 0 && completion(found, listId, ctx),
    h(
      "div",
      { class: "composer-box" },
      usage(state, typed, thread),
      h("textarea", {
        rows: Math.min(6, typed.split("\n").length),
        value: typed,
        placeholder: thread ? "Reply…" : `Message ${target}`,
        "aria-label": thread ? "Reply in thread" : `Message ${target}`,
        role: thread ? null : "combobox",
        "aria-autocomplete": thread ? null : "list",
        "aria-expanded": thread ? null : String(found.length > 0),
        "aria-controls": found.length ? listId : null,
        "aria-activedescendant": found.length ? `${listId}-${chosen}` : null,
        spellcheck: "false",
        autocomplete: "off",
        oninput: (event) => write(place, event.currentTarget.value),
        onkeydown: (event) => key(event, ctx),
      }),
      h(
        "div",
        { class: "composer-foot" },
        !thread && shortcuts(state, conversation),
        !thread &&
          h(
            "button",
            {
              type: "button",
              class: "icon-button",
              "aria-label": "Run a slash command",
              title: "Run a slash command",
              onclick: () => fill(conversation.id, "/"),
            },
            icon("slash"),
          ),
        hint(state, typed, thread),
        h(
          "button",
          {
            type: "button",
            class: typed.trim() ? "send ready" : "send",
            "aria-label": "Send now",
            title: "Send now",
            onclick: () => send(ctx),
          },
          icon("send"),
        ),
      ),
    ),
  );
}

/** Global short cuts: from anywhere, about no message. */
function shortcuts(state, conversation) {
  const items = state.shortcuts
    .filter((one) => one.type === "global")
    .map((one) => ({
      label: one.name,
      note: state.app.name,
      run: () => act("shortcut", { channel: conversation.id, callback_id: one.callback_id }),
    }));
  if (!items.length) return null;
  return h(
    "button",
    {
      type: "button",
      class: "icon-button",
      "aria-label": "Shortcuts",
      title: "Shortcuts",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      onclick: (event) => openMenu(event.currentTarget, "Shortcuts", items),
    },
    icon("more"),
  );
}

function hint(state, typed, thread) {
  if (thread || !typed.trim()) return h("span", { class: "press" });
  const first = !state.story[0] && typed.startsWith("/");
  return h("span", { class: first ? "press first" : "press" }, "Press ", h("kbd", null, "Enter"));
}

/** Behind a complete command Slack shows how it is used. */
function usage(state, typed, thread) {
  const command = !thread && state.commands.find((one) => typed.startsWith(`${one.command} `));
  if (!command) return null;
  return h(
    "div",
    { class: "usage", key: "usage" },
    h("b", null, command.command),
    " ",
    command.usage_hint,
    h("span", null, command.description),
  );
}

function completion(found, listId, ctx) {
  return h(
    "div",
    { class: "completion", id: listId, role: "listbox", "aria-label": "Commands", key: "completion" },
    h("div", { class: "completion-head", role: "presentation" }, ctx.state.app.name),
    found.map((one, index) =>
      h(
        "div",
        {
          class: "completion-row",
          role: "option",
          id: `${listId}-${index}`,
          "aria-selected": String(index === chosen),
          onpointerdown: (event) => (event.preventDefault(), take(ctx, index)),
        },
        h("div", null, h("b", null, one.command), " ", h("span", null, one.usage_hint)),
        h("small", null, one.description),
      ),
    ),
  );
}

function write(place, words) {
  ui.drafts.set(place, words);
  chosen = 0;
  dismissed = null;
  redraw();
}

const take = (ctx, index) => fill(ctx.conversation.id, `${ctx.found[index].command} `);

function key(event, ctx) {
  if (event.isComposing) return;
  const open = ctx.found.length > 0;
  const step = open && { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    chosen = (chosen + step + ctx.found.length) % ctx.found.length;
    redraw();
  } else if (open && event.key === "Escape") {
    dismissed = draft(ctx.place);
    event.stopPropagation();
    redraw();
  } else if (
    open &&
    ((event.key === "Tab" && !event.shiftKey) ||
      (event.key === "Enter" && ctx.found[chosen].command !== draft(ctx.place)))
  ) {
    take(ctx, chosen);
  } else if (event.key === "Enter" && !event.shiftKey) {
    send(ctx);
  } else return;
  event.preventDefault();
}

/** Slack's client answers some things itself, to this person alone, without asking any server. */
function answerLocally(ctx, words) {
  ui.local.push({
    key: `local-${ui.local.length}`,
    as: ui.as,
    channel: ctx.conversation.id,
    thread: ctx.thread,
    at: now(),
    text: words,
  });
}

function send(ctx) {
  const { state, place, thread } = ctx;
  const typed = draft(place).trim();
  if (!typed) return;
  const channel = ctx.conversation.id;
  const word = typed.split(/\s/)[0];
  ui.drafts.set(place, "");
  redraw();
  if (!word.startsWith("/")) act("message", { channel, text: typed, ...(thread ? { thread_ts: thread } : {}) });
  else if (!state.commands.some((one) => one.command === word)) {
    answerLocally(ctx, `${word} is not a valid command. To send it as a message, put a space before the "/".`);
  } else if (thread) answerLocally(ctx, `${word} is not supported in threads. Sorry!`);
  else act("command", { channel, text: typed });
}
