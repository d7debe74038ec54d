// The story bar: five steps that tick themselves, and then ways to try to break it.

import { draw, h, say } from "./dom.js";
import { icon } from "./icons.js";
import { play, ways } from "./cards.js";
import { redraw, setChannel, ui } from "./wire.js";

const STEPS = [
  ["Find Jane", "Jane is on the line, locked out. Press Enter in the message box to look her up."],
  ["Send", "Press “Reset password” beside the right Jane, say why, then send."],
  ["The text arrives", "Watch Jane's phone on the right."],
  [
    "Sign in, choose your own",
    "Copy the temporary password from the phone into the sign-in page below it, dashes and all.",
  ],
  ["See who did it in #reset-audit", "Open #reset-audit: who asked, why, and what became of it."],
];

let cardsOpen = false;
let offered = false;
let ticked = null;

export function drawStory(state) {
  const at = state.story.findIndex((done) => !done);
  const done = at < 0;
  if (ticked !== null && at !== ticked)
    say(done ? "All five steps are done." : `Step ${at} done. Next: ${STEPS[at][1]}`);
  if (done && !offered && ticked !== null) cardsOpen = true;
  offered ||= done;
  ticked = at;
  draw(document.getElementById("story"), steps(state, at), next(at, done), cardsOpen && cards());
}

function steps(state, at) {
  return h(
    "ol",
    { class: "steps", "aria-label": "The story" },
    STEPS.map(([title], index) => {
      const ticked = state.story[index];
      const name = [
        h("span", { class: "step-number", "aria-hidden": "true" }, ticked ? icon("tick", 16) : index + 1),
        h("span", null, title),
        ticked && h("span", { class: "hidden-words" }, ", done"),
      ];
      return h(
        "li",
        {
          class: ticked ? "ticked" : index === at ? "current" : "",
          "aria-current": index === at ? "step" : null,
          "data-done": String(Boolean(ticked)),
        },
        index === 4
          ? h("button", { type: "button", onclick: () => setChannel("C0AUDIT") }, name)
          : h("span", { class: "step" }, name),
      );
    }),
  );
}

function next(at, done) {
  const words = ui.armed
    ? [h("b", null, `${ui.armed.title}: `), ui.armed.expect]
    : done
      ? [h("b", null, "That was the whole story. "), "Now try to break it."]
      : [h("b", null, "Next: "), STEPS[at][1]];
  return h(
    "div",
    { class: "next" },
    h("p", null, words),
    h(
      "button",
      {
        type: "button",
        class: done ? "button small ready" : "button small",
        id: "break-toggle",
        "aria-expanded": String(cardsOpen),
        "aria-controls": "cards",
        onclick: () => showCards(!cardsOpen),
      },
      "Try to break it",
    ),
  );
}

function showCards(wanted) {
  if (cardsOpen === wanted) return;
  cardsOpen = wanted;
  redraw();
  const target = wanted ? "cards" : "break-toggle";
  setTimeout(() => document.getElementById(target)?.focus());
}

/** The cards lie over Slack: Escape, or a click anywhere else, puts them away. */
export function wireStory() {
  const bar = document.getElementById("story");
  bar.addEventListener("keydown", (event) => event.key === "Escape" && showCards(false));
  document.addEventListener("pointerdown", (event) => {
    if (!cardsOpen || bar.contains(event.target)) return;
    cardsOpen = false;
    redraw();
  });
}

function cards() {
  return h(
    "section",
    { id: "cards", "aria-label": "Now try to break it", key: "cards", tabindex: "-1" },
    h(
      "header",
      { class: "drawer-head" },
      h("h2", null, "Now try to break it"),
      h("p", null, "Each card arms one thing and fills the message box. You press Enter."),
      h("button", { type: "button", class: "button small", onclick: () => showCards(false) }, "Close"),
    ),
    h(
      "div",
      { class: "card-row" },
      ways().map((card) =>
        h(
          "button",
          {
            type: "button",
            class: ui.armed === card ? "card armed" : "card",
            "aria-label": card.title,
            "aria-describedby": `card-${card.id}`,
            "data-card": card.id,
            onclick: () => choose(card),
          },
          h("b", null, card.title),
          h("span", { id: `card-${card.id}` }, card.what),
        ),
      ),
    ),
  );
}

async function choose(card) {
  cardsOpen = false;
  await play(card);
  say(`${card.title}. ${card.expect}`);
}
