// The menu whose options come from the app while somebody types (external_select): a combobox with a list box.

import { fieldId, words } from "./click.js";
import { h } from "./dom.js";
import { current } from "./values.js";
import { act, redraw } from "./wire.js";

const PAUSE = 250; // Slack, too, asks when the fingers rest
const LEAST = 3;

// What is half typed, by field: {typed, groups, notice, at, asked, timer}. Gone once something is chosen.
const open = new Map();

export function externalSelect(element, block, ctx, described, changed) {
  const id = fieldId(ctx, block, element);
  const chosen = current(ctx.place, block, element, ctx.kept);
  const state = open.get(id);
  const options = state?.groups.flatMap((group) => group.options) ?? [];
  const pick = (option) => {
    close(id);
    changed(element, block, ctx, option);
  };
  const list = `${id}-list`;
  const field = h("input", {
    ...described(element, block, ctx),
    type: "text",
    role: "combobox",
    autocomplete: "off",
    value: state ? state.typed : words(chosen?.text),
    placeholder: words(element.placeholder) || "Type to search",
    "aria-autocomplete": "list",
    "aria-expanded": options.length ? "true" : "false",
    "aria-controls": state ? list : null,
    "aria-activedescendant": options.length ? `${id}-option-${state.at}` : null,
    oninput: (event) => typed(event.currentTarget.value, id, element, block, ctx, changed),
    onkeydown: (event) => keys(event, id, options, pick, ctx),
    onblur: () => setTimeout(() => open.has(id) && (close(id), redraw()), 200),
  });
  return h("div", { class: "typeahead", key: `${id}-typeahead` }, field, state && listBox(id, list, state, pick, element));
}

function listBox(id, list, state, pick, element) {
  const least = element.min_query_length ?? LEAST;
  let number = -1;
  const row = (option) => {
    number += 1;
    return h(
      "div",
      {
        role: "option",
        id: `${id}-option-${number}`,
        key: `${id}-option-${number}`,
        class: "option",
        "aria-selected": number === state.at ? "true" : "false",
        // Not click: the field would lose its focus, and the list with it, before the click comes.
        onpointerdown: (event) => {
          event.preventDefault();
          pick(option);
        },
      },
      words(option.text),
      option.description && h("small", null, words(option.description)),
    );
  };
  const rows = state.groups.map((group) => [
    group.label && h("div", { class: "option-group", role: "presentation" }, group.label),
    group.options.map(row),
  ]);
  const short = state.typed.length < least ? `Type ${least} or more characters` : "";
  const said = state.notice || short || (state.asked ? "Loading …" : number < 0 ? "No results" : "");
  return [
    h("div", { role: "listbox", id: list, key: list, class: "options", "aria-label": "Options" }, rows),
    said && h("div", { class: "option-note", role: "status", key: `${list}-note` }, said),
  ];
}

function typed(value, id, element, block, ctx, changed) {
  const state = open.get(id) ?? { groups: [], notice: "", at: 0 };
  clearTimeout(state.timer);
  const long = value.length >= (element.min_query_length ?? LEAST);
  open.set(id, { ...state, typed: value, asked: long, groups: long ? state.groups : [], notice: "" });
  if (!value && current(ctx.place, block, element, ctx.kept)) changed(element, block, ctx, null);
  if (long) open.get(id).timer = setTimeout(() => ask(value, id, element, block, ctx), PAUSE);
  redraw();
}

async function ask(value, id, element, block, ctx) {
  const said = await act("suggest", {
    container: ctx.container,
    block_id: block.block_id,
    action_id: element.action_id,
    value,
  });
  const state = open.get(id);
  if (state?.typed !== value) return; // somebody went on typing, or chose
  open.set(id, { ...state, asked: false, at: 0, groups: said.groups ?? [], notice: said.notice ?? said.error ?? "" });
  redraw();
}

function keys(event, id, options, pick, ctx) {
  const state = open.get(id);
  if (event.key === "Enter" && !event.isComposing) {
    event.preventDefault();
    if (options.length) pick(options[state.at]);
    else if (!state) ctx.submit?.();
    return;
  }
  if (!state) return;
  if (event.key === "Escape") {
    event.stopPropagation();
    event.preventDefault();
    close(id);
  } else if (options.length && event.key === "ArrowDown") state.at = (state.at + 1) % options.length;
  else if (options.length && event.key === "ArrowUp") state.at = (state.at - 1 + options.length) % options.length;
  else return;
  if (event.key.startsWith("Arrow")) event.preventDefault();
  redraw();
}

function close(id) {
  clearTimeout(open.get(id)?.timer);
  open.delete(id);
}
