// What people have put into inputs, in Slack's own words. Kept by place, block and action:
// exactly the identity under which Slack keeps an input through `views.update`.

const EMPTY_LIST = Object.freeze([]);
const KINDS = {
  plain_text_input: ["value", "initial_value", null],
  email_text_input: ["value", "initial_value", null],
  url_text_input: ["value", "initial_value", null],
  number_input: ["value", "initial_value", null],
  radio_buttons: ["selected_option", "initial_option", null],
  static_select: ["selected_option", "initial_option", null],
  external_select: ["selected_option", "initial_option", null],
  checkboxes: ["selected_options", "initial_options", EMPTY_LIST],
  users_select: ["selected_user", "initial_user", null],
  conversations_select: ["selected_conversation", "initial_conversation", null],
  channels_select: ["selected_channel", "initial_channel", null],
  datepicker: ["selected_date", "initial_date", null],
  timepicker: ["selected_time", "initial_time", null],
};

const given = new Map();
const keyOf = (place, block, element) => `${place}|${block.block_id}|${element.action_id}`;

export const fieldOf = (element) => KINDS[element.type]?.[0];

/** The element's value now: what was typed, else what the server remembers, else the initial value. */
export function current(place, block, element, kept) {
  const [field, initial, empty] = KINDS[element.type];
  const key = keyOf(place, block, element);
  if (given.has(key)) return given.get(key);
  return kept?.[block.block_id]?.[element.action_id]?.[field] ?? element[initial] ?? empty;
}

export function setValue(place, block, element, value) {
  given.set(keyOf(place, block, element), value === "" ? null : value);
}

/** Forgets everything typed at a place: a view that was closed, a message that is gone. */
export function forget(place) {
  for (const key of [...given.keys()]) if (key.startsWith(`${place}|`)) given.delete(key);
}

function elementsOf(block) {
  if (block.type === "input") return [block.element];
  if (block.type === "section") return block.accessory ? [block.accessory] : [];
  return block.type === "actions" ? block.elements : [];
}

/** All inputs of a surface as `view.state.values` has them. */
export function collect(place, blocks, kept) {
  const values = {};
  for (const block of blocks ?? []) {
    for (const element of elementsOf(block)) {
      const field = fieldOf(element);
      if (!field) continue;
      (values[block.block_id] ??= {})[element.action_id] = {
        type: element.type,
        [field]: current(place, block, element, kept),
      };
    }
  }
  return values;
}
