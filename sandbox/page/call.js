// Calls: the phone rings, somebody answers, hears what is said as text, and presses keys.

import { h } from "./dom.js";
import { HOME_ZONE, clock } from "./time.js";
import { post } from "./wire.js";

const OVER = new Set(["completed", "busy", "no-answer", "failed", "canceled"]);
const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
const MISSED = { busy: "Declined call", "no-answer": "Missed call" };

/** The call that is on the screen now, if any. A phone that is called by nobody yet does not ring. */
export const liveCall = (phone) => phone.calls.find((one) => one.status === "ringing" || one.status === "in-progress");

/** Calls that are over, as the phone keeps them; what never rang left no trace on it. */
export const pastCalls = (phone) =>
  phone.calls.filter((one) => OVER.has(one.status) && one.status !== "failed" && one.status !== "canceled");

const act = (phone, act, key) => post("/control/call", { number: phone.number, do: act, key }, "The call");

export function callScreen(phone, call) {
  const ringing = call.status === "ringing";
  const machine = call.by === "voicemail";
  return h(
    "div",
    { class: ringing ? "call ringing" : "call", key: call.sid, role: "group", "aria-label": `Call from ${call.from}` },
    h("span", { class: "sender-face", "aria-hidden": "true" }, call.from[0]),
    h("b", null, call.from),
    h("small", { role: "status" }, ringing ? "calls …" : machine ? "talks to the voicemail" : "on the line"),
    heard(call),
    !ringing && !machine && keypad(phone, call),
    h(
      "div",
      { class: "call-acts" },
      ringing
        ? [
            button("Decline", "bad", () => act(phone, "decline")),
            button("Voicemail", "", () => act(phone, "voicemail")),
            button("Answer", "good", () => act(phone, "answer")),
          ]
        : button("Hang up", "bad", () => act(phone, "hang up")),
    ),
  );
}

function heard(call) {
  return h(
    "div",
    { class: "heard", role: "log", tabindex: "0", "aria-label": "What is said" },
    call.spoken.map((words) => h("p", null, words)),
  );
}

function keypad(phone, call) {
  return h(
    "div",
    { class: call.asks ? "keypad" : "keypad idle", role: "group", "aria-label": "Keypad" },
    KEYS.map((key) =>
      h("button", { type: "button", "aria-label": `Key ${key}`, onclick: () => act(phone, "press", key) }, key),
    ),
  );
}

const button = (words, tone, onclick) => h("button", { type: "button", class: `call-act ${tone}`, onclick }, words);

/** One line in the conversation, and what was heard. */
export function callBubble(call) {
  const title = MISSED[call.status] ?? (call.by === "voicemail" ? "Voicemail" : "Call");
  return h(
    "div",
    { class: "bubble", key: call.sid, "data-sid": call.sid },
    h(
      "div",
      { class: "bubble-text" },
      h("b", { class: "line" }, `☎ ${title}`),
      call.spoken.map((words) => h("span", { class: "line" }, words)),
    ),
    h("time", null, clock(call.at, HOME_ZONE)),
  );
}
