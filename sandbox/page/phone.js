// The phones: one drawn, one picker for whose. A text is on the screen only once it has been delivered;
// what the carrier still holds, or lost, stands beside the phone. A call is in call.js.

import { callBubble, callScreen, liveCall, pastCalls } from "./call.js";
import { draw, h, say, toEnd } from "./dom.js";
import { icon } from "./icons.js";
import { clock, HOME_ZONE, now } from "./time.js";
import { post, redraw, toast, ui } from "./wire.js";

const ARRIVED = new Set(["delivered", "received", "read"]);
const GOOD = new Set([...ARRIVED, "completed"]);
const FAILED = new Set(["undelivered", "failed", "busy", "no-answer", "canceled"]);
const replies = new Map();
let counted = null;

const nameOf = (phone) => phone.name || phone.number;
/** Two people may share a number, and a number may be nobody's. */
export const keyOf = (phone) => `${phone.email} ${phone.number}`;
const ours = (phone) => phone.messages.filter((one) => !one.mine);

export function shownPhone(state) {
  const first = state.phones.find((one) => one.email === "jane.doe@acme.example") ?? state.phones[0];
  return state.phones.find((one) => keyOf(one) === ui.phone) ?? first;
}

export const switchPhone = (number, on) => post("/control/phone", { number, on });

export function drawPhone(state) {
  const host = document.getElementById("phone");
  followTexts(state, host);
  const phone = shownPhone(state);
  draw(host, phone ? [device(phone), side(state, phone)] : h("p", { class: "empty" }, "Nobody has a phone."));
  showLast(host, phone);
}

let last = null;
let spoken = 0;

/** A new text is shown from its first line: in a small window its end would hide the password. Of a call the end. */
function showLast(host, phone) {
  const heard = host.querySelector(".heard");
  if (heard && heard.childElementCount !== spoken) toEnd(heard);
  spoken = heard?.childElementCount ?? 0;
  const bubbles = [...host.querySelectorAll(".bubble")];
  const newest = phone && `${keyOf(phone)} ${bubbles.length}`;
  if (newest === last || !bubbles.length) return;
  last = newest;
  const list = host.querySelector(".bubbles");
  list.scrollTop = bubbles.at(-1).offsetTop - list.offsetTop - 8;
}

/** A text or a call for somebody else turns the picker to that person, unless somebody works at the phone right now. */
function followTexts(state, host) {
  const counts = new Map(state.phones.map((one) => [keyOf(one), ours(one).length]));
  const arrived = new Map(
    state.phones.map((one) => [keyOf(one), ours(one).filter((m) => ARRIVED.has(m.status)).length]),
  );
  const rings = new Map(state.phones.map((one) => [keyOf(one), Boolean(liveCall(one))]));
  if (counted) {
    for (const phone of state.phones) {
      const key = keyOf(phone);
      if (arrived.get(key) > (counted.arrived.get(key) ?? 0)) say(`A text arrives on ${nameOf(phone)}'s phone.`);
      if (rings.get(key) && !counted.rings.get(key)) say(`${nameOf(phone)}'s phone rings.`);
      const more = counts.get(key) > (counted.counts.get(key) ?? 0) || (rings.get(key) && !counted.rings.get(key));
      if (more && !host.contains(document.activeElement)) ui.phone = key;
    }
  }
  counted = { counts, arrived, rings };
}

function device(phone) {
  const { on } = phone;
  const call = liveCall(phone);
  const texts = phone.messages.filter((one) => ARRIVED.has(one.status) || one.mine);
  const sender = ours(phone)[0]?.from ?? "StatStak Labs";
  return h(
    "div",
    { class: on ? "device" : "device off", role: "group", "aria-label": `${nameOf(phone)}'s phone`, key: keyOf(phone) },
    h(
      "div",
      { class: "screen" },
      h(
        "div",
        { class: "status-bar", "aria-hidden": "true" },
        h("b", null, clock(now(), HOME_ZONE)),
        h("i", { class: "island" }),
        h("span", { class: "battery" }),
      ),
      call
        ? callScreen(phone, call)
        : on
          ? conversation(phone, sender, texts)
          : h("div", { class: "dark" }, h("span", null, "This phone is off")),
    ),
  );
}

function conversation(phone, sender, texts) {
  const calls = pastCalls(phone);
  const lines = [...texts.map((one) => [one.at, bubble(one)]), ...calls.map((one) => [one.at, callBubble(one)])];
  lines.sort(([one], [other]) => one - other);
  return [
    h(
      "div",
      { class: "sender" },
      h("span", { class: "sender-face", "aria-hidden": "true" }, sender[0]),
      h("b", null, sender),
      h("small", null, "Text message"),
    ),
    h(
      "div",
      { class: "bubbles", role: "log", tabindex: "0", "aria-label": `Texts on ${nameOf(phone)}'s phone` },
      lines.length
        ? lines.map(([, line]) => line)
        : h(
            "p",
            { class: "empty" },
            "No texts yet.",
            h("br"),
            h("span", null, "When Locksmith sends one, it arrives here."),
          ),
    ),
    replyBox(phone),
  ];
}

const SECRET = /^\S{3,}-\S{3,}-\S{3,}\S*$/;

function bubble(message) {
  const lines = message.body
    .split("\n")
    .map((line) => (SECRET.test(line.trim()) ? secret(line.trim()) : h("span", { class: "line" }, line)));
  return h(
    "div",
    { class: message.mine ? "bubble own" : "bubble", key: message.sid, "data-sid": message.sid },
    h("div", { class: "bubble-text" }, lines),
    h("time", null, clock(message.at, HOME_ZONE)),
  );
}

/** On a phone one copies it with a long press; here with a click, or by selecting it. */
function secret(words) {
  return h(
    "span",
    { class: "line secret" },
    h("code", { tabindex: "0", "aria-label": `Temporary password ${words}` }, words),
    h(
      "button",
      {
        type: "button",
        class: "copy",
        "aria-label": "Copy the temporary password",
        onclick: (event) => copy(event, words),
      },
      "Copy",
    ),
  );
}

async function copy(event, words) {
  const code = event.currentTarget.previousSibling;
  getSelection().selectAllChildren(code);
  try {
    await navigator.clipboard.writeText(words);
    toast("Copied. Paste it into the sign-in page below.");
  } catch {
    toast("Selected. Copy it with Ctrl-C.");
  }
}

function replyBox(phone) {
  const words = replies.get(phone.number) ?? "";
  const text = (body) => {
    if (!body.trim()) return;
    replies.set(phone.number, "");
    redraw();
    post("/control/text", { number: phone.number, body: body.trim() });
  };
  return h(
    "form",
    { class: "reply", onsubmit: (event) => (event.preventDefault(), text(words)) },
    h(
      "div",
      { class: "chips" },
      ["STOP", "START"].map((word) =>
        h("button", { type: "button", class: "chip", "aria-label": `Text ${word}`, onclick: () => text(word) }, word),
      ),
    ),
    h("input", {
      type: "text",
      value: words,
      placeholder: "Text message",
      "aria-label": `Reply from ${nameOf(phone)}'s phone`,
      autocomplete: "off",
      oninput: (event) => (replies.set(phone.number, event.currentTarget.value), redraw()),
    }),
    h("button", { type: "submit", class: "send-text", "aria-label": "Send text" }, icon("send", 16)),
  );
}

function side(state, phone) {
  const sent = [...ours(phone), ...phone.calls].sort((one, other) => other.at - one.at).slice(0, 4);
  const { on } = phone;
  return h(
    "div",
    { class: "phone-side", key: "side" },
    h("label", { for: "whose" }, "Whose phone?"),
    picker(state, phone),
    h(
      "p",
      { class: "number" },
      phone.number,
      h("br"),
      phone.email.split(/(?<=@)/).flatMap((part) => [part, h("wbr")]),
    ),
    h(
      "button",
      {
        type: "button",
        class: "switch",
        role: "switch",
        "aria-checked": String(on),
        "aria-label": "Phone on",
        onclick: () => switchPhone(phone.number, !on),
      },
      h("i", { "aria-hidden": "true" }),
      on ? "Phone on" : "Phone off",
    ),
    phone.stopped &&
      h("p", { class: "stopped" }, "Replied STOP. Texts to this number are refused until it texts START."),
    h("h3", null, "What the carrier says"),
    sent.length
      ? h("ul", { class: "carrier" }, sent.map(receipt))
      : h("p", { class: "quiet" }, "Nothing sent to this phone yet."),
  );
}

function picker(state, phone) {
  const node = h(
    "select",
    { id: "whose", class: "field select", onchange: (event) => ((ui.phone = event.currentTarget.value), redraw()) },
    state.phones.map((one) =>
      h("option", { value: keyOf(one) }, twins(state, one) ? `${one.name} ••${one.number.slice(-2)}` : nameOf(one)),
    ),
  );
  node.value = keyOf(phone);
  return node;
}

const twins = (state, phone) => state.phones.some((one) => one !== phone && one.name === phone.name);

function receipt(message) {
  const tone = FAILED.has(message.status) ? "bad" : GOOD.has(message.status) ? "good" : "open";
  const sign = { bad: "✕", good: "✓", open: "…" }[tone];
  return h(
    "li",
    { class: tone, key: message.sid, "data-sid": message.sid, "data-status": message.status },
    h("span", { "aria-hidden": "true" }, sign),
    ` ${message.spoken ? "call " : ""}${message.status}`,
    Boolean(message.code) && h("b", null, ` ${message.code}`),
    h("time", null, clock(message.at, HOME_ZONE)),
  );
}
