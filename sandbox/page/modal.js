// The stack of modals: only the top view shows. Focus goes in when a view opens, stays while it is updated,
// and comes back when the last one closes.

import { renderBlocks } from "./blocks.js";
import { draw, h, idFor, say } from "./dom.js";
import { avatar, icon } from "./icons.js";
import { text } from "./mrkdwn.js";
import { setCovered, trap } from "./overlay.js";
import { collect, forget } from "./values.js";
import { act, redraw, store } from "./wire.js";

const layer = () => document.getElementById("modal-layer");
const placeOf = (modal) => `view:${modal.id}`;

let shown = null; // {id, title, errors} of the view on screen
let back = null; // where focus was before the first modal
const known = new Map(); // the open views of each person, so that what is typed there is forgotten with them
const sending = new Set();

export function drawModals(state) {
  const ids = state.modals.map((modal) => modal.id);
  for (const id of known.get(state.me.id) ?? []) if (!ids.includes(id)) forget(`view:${id}`);
  known.set(state.me.id, ids);
  const top = state.modals.at(-1);
  const hadFocus = layer().contains(document.activeElement);
  if (top && !shown) back = document.activeElement;
  draw(layer(), top && dialog(top, state));
  setCovered();
  settleFocus(top, hadFocus);
  shown = top ? { id: top.id, title: top.view.title?.text, errors: JSON.stringify(top.errors ?? {}) } : null;
}

function settleFocus(top, hadFocus) {
  if (!top) {
    if (shown && hadFocus) giveBack();
    return;
  }
  const box = layer().firstElementChild;
  // Somebody who types on the phone or signs in is not pulled away.
  const elsewhere = document.getElementById("right").contains(document.activeElement);
  if (shown?.id !== top.id) return elsewhere ? undefined : focusFirst(box);
  if (shown.title !== top.view.title?.text)
    say(`${top.view.title?.text}. ${box.querySelector(".dialog-body").innerText}`);
  if (shown.errors !== JSON.stringify(top.errors ?? {})) return focusWrong(box);
  if (hadFocus && !layer().contains(document.activeElement)) box.focus();
}

function focusFirst(box) {
  const field = "input:not([disabled]), textarea, select:not([disabled])";
  (box.querySelector("[data-focus-first]") ?? box.querySelector(field) ?? box).focus();
}

function focusWrong(box) {
  const wrong = box.querySelector('[aria-invalid="true"]');
  (wrong?.matches("[role]") ? wrong.querySelector("input") : wrong)?.focus();
}

/** The button that opened it may have been replaced meanwhile; then the message box is the place to go on. */
function giveBack() {
  const target = back?.isConnected && back !== document.body ? back : document.querySelector("#composer textarea");
  target?.focus();
  back = null;
}

function dialog(modal, state) {
  const { view } = modal;
  const title = idFor(`${modal.id}-title`);
  const place = placeOf(modal);
  const ctx = {
    place,
    container: { type: "view", view_id: modal.id },
    blocks: view.blocks,
    kept: modal.state?.values,
    errors: modal.errors ?? {},
    submit: view.submit ? () => submit(modal) : null,
  };
  const quiet = !view.blocks.some((block) => block.type === "input");
  return h(
    "div",
    {
      class: "dialog",
      role: "dialog",
      key: place,
      tabindex: "-1",
      "aria-labelledby": title,
      "aria-busy": modal.busy ? "true" : null,
      onkeydown: (event) => keys(event, modal),
    },
    h(
      "header",
      { class: "dialog-head" },
      avatar({ id: state.app.user, name: state.app.name }, 28),
      h("h2", { id: title }, text(view.title)),
      h(
        "button",
        {
          type: "button",
          class: "icon-button",
          "aria-label": "Close all",
          title: "Close all",
          onclick: () => close(modal, true),
        },
        icon("close", 20),
      ),
    ),
    h(
      "div",
      { class: "dialog-body", key: "body", "aria-live": quiet ? "polite" : null, tabindex: quiet ? "0" : null },
      renderBlocks(view.blocks, ctx),
    ),
    modal.notice && h("p", { class: "dialog-notice", role: "alert", key: "notice" }, icon("error", 16), modal.notice),
    foot(modal, ctx),
  );
}

function foot(modal, ctx) {
  const { view } = modal;
  // Not `disabled`: a disabled button would drop the focus out of the dialog.
  const busy = modal.busy || sending.has(modal.id);
  return h(
    "footer",
    { class: "dialog-foot", key: "foot" },
    h(
      "button",
      { type: "button", class: "button", onclick: () => close(modal, false) },
      view.close ? text(view.close) : view.submit ? "Cancel" : "Close",
    ),
    view.submit &&
      h(
        "button",
        {
          type: "button",
          class: busy ? "button primary busy" : "button primary",
          "aria-disabled": busy ? "true" : null,
          onclick: ctx.submit,
        },
        text(view.submit),
      ),
  );
}

function keys(event, modal) {
  if (event.key === "Escape") {
    event.preventDefault();
    close(modal, false);
  } else trap(event, event.currentTarget);
}

async function submit(modal) {
  const { id, view, state } = store.state.modals.find((one) => one.id === modal.id) ?? modal;
  if (sending.has(id) || modal.busy) return;
  sending.add(id);
  redraw();
  await act("submit", { view_id: id, values: collect(placeOf(modal), view.blocks, state?.values) });
  sending.delete(id);
  redraw();
}

function close(modal, all) {
  act("close", { view_id: modal.id, all });
}
