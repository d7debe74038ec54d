// What lies over Slack: pop-up menus, Slack's confirm dialog, and the focus trap that dialogs share.
// A dialog covers the Slack window only. The phones and the sign-in page are other devices, so they stay usable;
// F6 walks between the windows, as it does in a desktop (see main.js).

import { draw, h } from "./dom.js";
import { text } from "./mrkdwn.js";

const CAN_FOCUS = 'button, [href], input, select, textarea, [tabindex]:not([tabindex="-1"])';

const focusable = (root) =>
  [...root.querySelectorAll(CAN_FOCUS)].filter((n) => !n.disabled && n.getClientRects().length);

/** Keeps Tab inside `root`. */
export function trap(event, root) {
  if (event.key !== "Tab") return;
  const all = focusable(root);
  if (!all.length) return event.preventDefault();
  const edge = event.shiftKey ? all[0] : all.at(-1);
  if (document.activeElement !== edge && document.activeElement !== root) return;
  event.preventDefault();
  (event.shiftKey ? all.at(-1) : all[0]).focus();
}

let menu = null;

export function closeMenu(back = false) {
  if (!menu) return;
  const { node, anchor } = menu;
  menu = null;
  node.remove();
  anchor.setAttribute("aria-expanded", "false");
  if (back && anchor.isConnected) anchor.focus();
}

/** A menu at a button. `items`: `{label, note, run}`. */
export function openMenu(anchor, name, items) {
  const again = menu?.anchor === anchor;
  closeMenu();
  if (again) return;
  const pick = (item) => {
    closeMenu(true);
    item.run();
  };
  const rows = items.map((item) =>
    h(
      "button",
      { type: "button", role: "menuitem", tabindex: "-1", onclick: () => pick(item) },
      h("span", null, item.label),
      item.note && h("small", null, item.note),
    ),
  );
  const node = h(
    "div",
    { class: "menu", role: "menu", "aria-label": name, onkeydown: (event) => menuKey(event, rows) },
    rows,
  );
  document.body.append(node);
  const box = anchor.getBoundingClientRect();
  const top = box.bottom + 4 + node.offsetHeight > innerHeight ? box.top - node.offsetHeight - 4 : box.bottom + 4;
  node.style.top = `${Math.max(8, top)}px`;
  node.style.left = `${Math.max(8, Math.min(box.right - node.offsetWidth, innerWidth - node.offsetWidth - 8))}px`;
  anchor.setAttribute("aria-expanded", "true");
  menu = { node, anchor };
  rows[0]?.focus();
}

function menuKey(event, rows) {
  const at = rows.indexOf(document.activeElement);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1 + rows.length, Home: 0, End: rows.length - 1 }[event.key];
  if (to !== undefined) rows[to % rows.length].focus();
  else if (event.key === "Escape" || event.key === "Tab") closeMenu(true);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

document.addEventListener("pointerdown", (event) => {
  if (menu && !menu.node.contains(event.target) && !menu.anchor.contains(event.target)) closeMenu();
});

let settle = null;

/** True while Slack's confirm dialog is up. */
const asking = () => settle !== null;

/** Slack's confirm dialog; resolves to what the person chose. */
export function confirmed(confirm) {
  if (!confirm) return Promise.resolve(true);
  settle?.(false);
  const back = document.activeElement;
  const layer = document.getElementById("confirm-layer");
  return new Promise((resolve) => {
    settle = (answer) => {
      settle = null;
      draw(layer);
      setCovered();
      if (back?.isConnected) back.focus();
      resolve(answer);
    };
    draw(layer, confirmBox(confirm, settle));
    setCovered();
    layer.querySelector(".confirm-yes").focus();
  });
}

export const cancelConfirm = () => settle?.(false);

function confirmBox(confirm, answer) {
  const tone = confirm.style === "danger" ? "danger" : "primary";
  const keys = (event) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      return answer(false);
    }
    return trap(event, event.currentTarget);
  };
  return h(
    "div",
    {
      class: "dialog confirm",
      role: "alertdialog",
      tabindex: "-1",
      "aria-labelledby": "confirm-title",
      "aria-describedby": "confirm-text",
      onkeydown: keys,
    },
    h("header", { class: "dialog-head" }, h("h2", { id: "confirm-title" }, text(confirm.title))),
    h("div", { class: "dialog-body", id: "confirm-text" }, text(confirm.text)),
    h(
      "footer",
      { class: "dialog-foot" },
      h("button", { type: "button", class: "button", onclick: () => answer(false) }, text(confirm.deny)),
      h(
        "button",
        { type: "button", class: `button ${tone} confirm-yes`, onclick: () => answer(true) },
        text(confirm.confirm),
      ),
    ),
  );
}

/** Makes what lies under the top layer of the Slack window unreachable. */
export function setCovered() {
  const modal = document.getElementById("modal-layer");
  document.getElementById("workspace").inert = asking() || modal.childElementCount > 0;
  modal.inert = asking();
}
