// Blocks, in messages and in modals alike.

import { fieldId } from "./click.js";
import { h } from "./dom.js";
import { renderElement } from "./elements.js";
import { icon } from "./icons.js";
import { text } from "./mrkdwn.js";
import { richText } from "./richtext.js";
import { current } from "./values.js";

export function renderBlocks(blocks, ctx) {
  return (blocks ?? []).map((block, index) => {
    const make = MAKERS[block.type] ?? unknown;
    return h(
      "div",
      { class: `block block-${block.type}`, key: `block|${block.block_id ?? index}`, "data-block-id": block.block_id },
      make(block, ctx),
    );
  });
}

function section(block, ctx) {
  return [
    h(
      "div",
      { class: "section-text" },
      block.text && h("div", { class: "text" }, text(block.text)),
      block.fields &&
        h(
          "div",
          { class: "fields" },
          block.fields.map((one) => h("div", { class: "text" }, text(one))),
        ),
    ),
    block.accessory && h("div", { class: "accessory" }, renderElement(block.accessory, block, ctx)),
  ];
}

const context = (block, ctx) =>
  block.elements.map((one) =>
    one.type === "image" ? renderElement(one, block, ctx) : h("span", { class: "text" }, text(one)),
  );

const image = (block) => [
  block.title && h("div", { class: "image-title" }, text(block.title)),
  h(
    "div",
    { class: "picture large", role: "img", "aria-label": block.alt_text },
    icon("image", 28),
    h("span", { "aria-hidden": "true" }, block.alt_text),
  ),
];

const ALERTS = {
  default: ["info", "Note"],
  info: ["info", "Note"],
  warning: ["warning", "Warning"],
  error: ["error", "Error"],
  success: ["success", "Done"],
};

function alert(block) {
  const level = block.level in ALERTS ? block.level : "default";
  const [sign, word] = ALERTS[level];
  return h(
    "div",
    { class: `alert alert-${level}`, role: "note" },
    icon(sign, 20),
    h("div", { class: "text" }, h("span", { class: "hidden-words" }, `${word}: `), text(block.text)),
  );
}

const GROUPS = new Set(["radio_buttons", "checkboxes"]);

function input(block, ctx) {
  const { element } = block;
  const id = fieldId(ctx, block, element);
  const wrong = ctx.errors?.[block.block_id];
  const label = [
    text(block.label),
    block.optional
      ? h("span", { class: "optional" }, " (optional)")
      : h("span", { class: "required", "aria-hidden": "true" }, " *"),
  ];
  return [
    GROUPS.has(element.type)
      ? h("div", { class: "label", id: `${id}-label` }, label)
      : h("label", { class: "label", for: id }, label),
    renderElement(element, block, ctx),
    remaining(block, ctx),
    wrong && h("div", { class: "wrong", id: `${id}-error` }, icon("error", 16), wrong),
    block.hint && h("div", { class: "hint", id: `${id}-hint` }, text(block.hint)),
  ];
}

/** Slack counts down when a limited field is nearly full. */
function remaining({ element, ...block }, ctx) {
  if (element.type !== "plain_text_input" || !element.max_length) return null;
  const left = element.max_length - (current(ctx.place, block, element, ctx.kept)?.length ?? 0);
  if (left > Math.min(50, element.max_length / 4)) return null;
  return h("div", { class: left < 0 ? "count over" : "count" }, `${left} characters left`);
}

const unknown = (block) => h("div", { class: "unsupported" }, `This content can't be displayed (${block.type}).`);

const MAKERS = {
  section,
  context,
  image,
  alert,
  input,
  header: (block) => h("h3", null, text(block.text)),
  divider: () => h("hr"),
  actions: (block, ctx) => block.elements.map((element) => renderElement(element, block, ctx)),
  rich_text: (block) => richText(block),
  markdown: (block) => h("div", { class: "text" }, block.text),
};
