// Block elements: buttons, menus and pictures here, inputs next door.

import { click, hooks, words } from "./click.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { INPUTS } from "./inputs.js";
import { follow } from "./mentions.js";
import { text } from "./mrkdwn.js";
import { openMenu } from "./overlay.js";

function button(element, block, ctx) {
  const run = () => {
    if (element.url) follow(element.url);
    click(ctx, block, element, element.value === undefined ? {} : { value: element.value });
  };
  const style = { primary: " primary", danger: " danger" }[element.style] ?? "";
  return h(
    "button",
    {
      ...hooks(element, block, ctx),
      type: "button",
      class: `button${style}`,
      "aria-label": element.accessibility_label,
      onclick: run,
    },
    text(element.text),
  );
}

function overflow(element, block, ctx) {
  const items = element.options.map((option) => ({
    label: words(option.text),
    note: words(option.description),
    run: () => (option.url && follow(option.url), click(ctx, block, element, { selected_option: option })),
  }));
  return h(
    "button",
    {
      ...hooks(element, block, ctx),
      type: "button",
      class: "button square",
      "aria-label": element.accessibility_label ?? "More actions",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      onclick: (event) => openMenu(event.currentTarget, "More actions", items),
    },
    icon("more"),
  );
}

function image(element) {
  return h(
    "span",
    { class: "picture", role: "img", "aria-label": element.alt_text, title: element.alt_text },
    icon("image", 20),
  );
}

const MAKERS = { button, overflow, image, ...INPUTS };

export function renderElement(element, block, ctx) {
  const make = MAKERS[element.type];
  return make ? make(element, block, ctx) : h("span", { class: "unsupported" }, `[${element.type}]`);
}
