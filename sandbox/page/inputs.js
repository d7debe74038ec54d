// Inputs: lines of text, choices, lists, dates.

import { click, fieldId, hooks, words } from "./click.js";
import { h } from "./dom.js";
import { text } from "./mrkdwn.js";
import { externalSelect } from "./typeahead.js";
import { current, fieldOf, setValue } from "./values.js";
import { redraw, store } from "./wire.js";

/** Stores a new value; inputs outside input blocks, and those that ask for it, also tell the app. */
function changed(element, block, ctx, value, tell = block.type !== "input" || block.dispatch_action) {
  setValue(ctx.place, block, element, value);
  redraw();
  if (tell) click(ctx, block, element, { [fieldOf(element)]: value });
}

const timers = new Map();

function typed(event, element, block, ctx) {
  setValue(ctx.place, block, element, event.currentTarget.value);
  redraw();
  if (!block.dispatch_action || !triggers(element).includes("on_character_entered")) return;
  const key = fieldId(ctx, block, element);
  clearTimeout(timers.get(key));
  const value = event.currentTarget.value;
  timers.set(
    key,
    setTimeout(() => click(ctx, block, element, { value }), 400),
  );
}

const triggers = (element) => element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];

/** Enter in one line: tells the app where it asked for that; else it submits a modal, and in a message does nothing. */
function entered(event, element, block, ctx) {
  if (event.key !== "Enter" || event.isComposing || (element.multiline && !event.metaKey && !event.ctrlKey)) return;
  event.preventDefault();
  if (block.dispatch_action && triggers(element).includes("on_enter_pressed")) {
    click(ctx, block, element, { value: current(ctx.place, block, element, ctx.kept) });
  } else ctx.submit?.();
}

const INPUT_TYPES = {
  email_text_input: "email",
  url_text_input: "url",
  number_input: "number",
  datepicker: "date",
  timepicker: "time",
};

function field(element, block, ctx) {
  const isText = !["datepicker", "timepicker"].includes(element.type);
  const props = {
    ...described(element, block, ctx),
    placeholder: words(element.placeholder),
    value: current(ctx.place, block, element, ctx.kept) ?? "",
    autocomplete: "off",
    oninput: isText ? (event) => typed(event, element, block, ctx) : null,
    onchange: isText ? null : (event) => changed(element, block, ctx, event.currentTarget.value || null),
    onkeydown: (event) => entered(event, element, block, ctx),
  };
  if (element.multiline) return h("textarea", { ...props, rows: 3 });
  return h("input", { ...props, type: INPUT_TYPES[element.type] ?? "text" });
}

function described(element, block, ctx) {
  const id = fieldId(ctx, block, element);
  const wrong = ctx.errors?.[block.block_id];
  return {
    ...hooks(element, block, ctx),
    id,
    class: "field",
    "aria-required": block.type === "input" && !block.optional ? "true" : null,
    "aria-invalid": wrong ? "true" : null,
    "aria-describedby": [wrong && `${id}-error`, block.hint && `${id}-hint`].filter(Boolean).join(" ") || null,
    "aria-label": block.type === "input" ? null : words(element.placeholder) || element.action_id,
    "data-focus-first": element.focus_on_load ? true : null,
  };
}

const same = (a, b) => a?.value === b?.value;

function radios(element, block, ctx) {
  const value = current(ctx.place, block, element, ctx.kept);
  return choices(
    "radio",
    element,
    block,
    ctx,
    (option) => same(option, value),
    (option) => option,
  );
}

function checkboxes(element, block, ctx) {
  const value = current(ctx.place, block, element, ctx.kept);
  const on = (option) => value.some((one) => same(one, option));
  const flip = (option) => (on(option) ? value.filter((one) => !same(one, option)) : [...value, option]);
  return choices("checkbox", element, block, ctx, on, flip);
}

function choices(type, element, block, ctx, on, next) {
  const { id, class: _, ...group } = described(element, block, ctx);
  const rows = element.options.map((option, index) => {
    const mine = `${id}-${index}`;
    return h(
      "label",
      { class: "choice", for: mine, key: `${mine}-row` },
      h("input", {
        type,
        id: mine,
        name: id,
        value: option.value,
        checked: on(option),
        "data-focus-first": index ? null : group["data-focus-first"],
        "aria-labelledby": `${mine}-text`,
        "aria-describedby": option.description ? `${mine}-more` : null,
        onchange: () => changed(element, block, ctx, next(option)),
      }),
      h("span", { id: `${mine}-text` }, text(option.text)),
      option.description && h("small", { id: `${mine}-more` }, text(option.description)),
    );
  });
  return h(
    "div",
    {
      ...group,
      id,
      role: type === "radio" ? "radiogroup" : "group",
      class: "choices",
      "data-focus-first": null,
      "aria-labelledby": block.type === "input" ? `${id}-label` : null,
      "aria-label": group["aria-label"],
    },
    rows,
  );
}

function select(element, block, ctx, groups, chosenValue, toValue) {
  const pick = (event) => changed(element, block, ctx, toValue(event.currentTarget.value));
  const shown = (one) => [words(one.text), words(one.description)].filter(Boolean).join(" – ");
  const option = (one) => h("option", { value: one.value, selected: one.value === chosenValue }, shown(one));
  const rows = groups.map((group) =>
    group.label ? h("optgroup", { label: words(group.label) }, group.options.map(option)) : group.options.map(option),
  );
  const node = h(
    "select",
    { ...described(element, block, ctx), class: "field select", onchange: pick },
    h("option", { value: "", selected: !chosenValue }, words(element.placeholder) || "Select an option"),
    rows,
  );
  node.value = chosenValue ?? "";
  return node;
}

function staticSelect(element, block, ctx) {
  const groups = element.option_groups ?? [{ options: element.options ?? [] }];
  const all = groups.flatMap((group) => group.options);
  const value = current(ctx.place, block, element, ctx.kept);
  return select(element, block, ctx, groups, value?.value, (chosen) => all.find((one) => one.value === chosen) ?? null);
}

function listSelect(things) {
  return (element, block, ctx) => {
    const options = things().map(([value, label]) => ({ value, text: { text: label } }));
    return select(
      element,
      block,
      ctx,
      [{ options }],
      current(ctx.place, block, element, ctx.kept),
      (chosen) => chosen || null,
    );
  };
}

const people = () => store.state.people.filter((one) => !one.bot).map((one) => [one.id, one.name]);
const channels = () =>
  store.state.conversations.filter((one) => !["im", "mpim"].includes(one.kind)).map((one) => [one.id, `#${one.name}`]);

export const INPUTS = {
  plain_text_input: field,
  email_text_input: field,
  url_text_input: field,
  number_input: field,
  datepicker: field,
  timepicker: field,
  radio_buttons: radios,
  checkboxes,
  static_select: staticSelect,
  external_select: (element, block, ctx) => externalSelect(element, block, ctx, described, changed),
  users_select: listSelect(people),
  conversations_select: listSelect(channels),
  channels_select: listSelect(channels),
};
