// Slack's frame: who one is (in place of the rail of workspaces), the channels, and the head of the open channel.

import { h } from "./dom.js";
import { avatar, icon } from "./icons.js";
import { channelName } from "./messages.js";
import { act, connect, setChannel, ui } from "./wire.js";

const ROLES = [
  ["agent", "Agents"],
  ["manager", "Managers"],
  ["outsider", "Outsider"],
];

export function rail(state) {
  return h(
    "nav",
    { id: "rail", "aria-label": "Be somebody else" },
    ROLES.map(([role, title]) =>
      h(
        "div",
        { class: "rail-group", role: "group", "aria-label": title, key: role },
        h("span", { class: "rail-title", "aria-hidden": "true" }, title),
        state.people.filter((one) => one.role === role && !one.bot).map((one) => face(one, role)),
      ),
    ),
  );
}

function face(one, role) {
  const mine = one.id === ui.as;
  return h(
    "button",
    {
      type: "button",
      class: mine ? "face mine" : "face",
      key: one.id,
      "aria-pressed": String(mine),
      "aria-label": `Be ${one.name}, ${role}`,
      title: `Be ${one.name}, ${role}`,
      onclick: () => become(one.id),
    },
    avatar(one, 36),
    h("span", { "aria-hidden": "true" }, one.name.split(" ")[0]),
  );
}

/** Looks through somebody else's eyes, at the same channel where that person may see it. */
export function become(id) {
  if (id === ui.as) return;
  ui.thread = null;
  connect(id);
}

export function sidebar(state, open) {
  const channels = state.conversations.filter((one) => !["im", "mpim"].includes(one.kind));
  const several = state.conversations.filter((one) => one.kind === "mpim");
  const apps = state.conversations.filter((one) => one.kind === "im");
  return h(
    "nav",
    { id: "sidebar", "aria-label": "Channels and direct messages" },
    h(
      "div",
      { class: "team" },
      h("b", null, "StatStak Labs"),
      h("span", null, state.me.name, h("i", { class: `role ${state.me.role}` }, state.me.role)),
    ),
    h("h2", null, "Channels"),
    h(
      "ul",
      null,
      channels.map((one) => entry(state, one, open)),
    ),
    several.length > 0 && [
      h("h2", null, "Direct messages"),
      h(
        "ul",
        null,
        several.map((one) => entry(state, one, open)),
      ),
    ],
    h("h2", null, "Apps"),
    h(
      "ul",
      null,
      apps.map((one) => entry(state, one, open)),
    ),
  );
}

function entry(state, one, open) {
  const here = one.id === open.id;
  const unread = here ? 0 : one.unread;
  const mentions = here ? 0 : one.mentions;
  const sign =
    one.kind === "im"
      ? avatar({ id: state.app.user, name: state.app.name }, 20)
      : one.kind === "private"
        ? icon("lockSmall", 16)
        : h("span", { class: "hash", "aria-hidden": "true" }, one.kind === "mpim" ? "@" : "#");
  const label = one.kind === "im" ? state.app.name : one.name;
  const classes = ["entry", here && "open", unread && "unread"].filter(Boolean).join(" ");
  return h(
    "li",
    { key: one.id },
    h(
      "button",
      {
        type: "button",
        class: classes,
        "aria-current": here ? "page" : null,
        "aria-label": [label, unread && `${unread} unread`, mentions && `${mentions} for you`].filter(Boolean).join(", "),
        "data-channel": one.id,
        onclick: () => setChannel(one.id),
      },
      sign,
      h("span", { class: "name" }, label),
      mentions > 0 && h("span", { class: "count", "aria-hidden": "true" }, mentions),
    ),
  );
}

function reload() {
  ui.local = ui.local.filter((note) => note.as !== ui.as);
  act("reload", {});
}

const KINDS = { im: "App", mpim: "Direct message", private: "Private channel", public: "Public channel" };

export function channelHead(state, conversation) {
  return h(
    "header",
    { class: "pane-head" },
    conversation.kind === "private" ? icon("lockSmall", 18) : null,
    h(
      "h1",
      null,
      conversation.kind === "private"
        ? conversation.name
        : channelName(state, conversation, "# "),
    ),
    h(
      "span",
      { class: "sub" },
      KINDS[conversation.kind],
    ),
    h(
      "button",
      {
        type: "button",
        class: "icon-button",
        "aria-label": "Reload Slack",
        title: `Reload Slack: what only you see in ${channelName(state, conversation)} goes away`,
        onclick: reload,
      },
      icon("reload"),
    ),
  );
}
