// The app's own place: tabs for what it publishes for one person (Home) and for the messages with it.

import { renderBlocks } from "./blocks.js";
import { h } from "./dom.js";
import { act, redraw, ui } from "./wire.js";

const TABS = { home: "Home", messages: "Messages" };

/** Whether the Home tab is what the person looks at. */
export const atHome = (state, open) => open.kind === "im" && state.tabs.home && (ui.tab === "home" || !state.tabs.messages);

export function appTabs(state, open) {
  if (open.kind !== "im" || !state.tabs.home || !state.tabs.messages) return null;
  const now = atHome(state, open) ? "home" : "messages";
  const go = (tab) => {
    ui.tab = tab;
    act("look", { channel: open.id, tab });
    redraw();
  };
  return h(
    "div",
    { class: "app-tabs", role: "tablist", "aria-label": state.app.name, key: "app-tabs" },
    Object.keys(TABS).map((tab) =>
      h(
        "button",
        {
          type: "button",
          role: "tab",
          id: `tab-${tab}`,
          key: `tab-${tab}`,
          "aria-selected": tab === now ? "true" : "false",
          "aria-controls": "app-place",
          onclick: () => go(tab),
        },
        TABS[tab],
      ),
    ),
  );
}

export function homePane(state) {
  const view = state.home;
  return h(
    "div",
    { class: "log home", id: "app-place", role: "tabpanel", "aria-label": `Home of ${state.app.name}`, tabindex: "0", key: "home" },
    view
      ? renderBlocks(view.blocks, {
          place: `home:${view.id}`,
          container: { type: "view", view_id: view.id },
          blocks: view.blocks,
          kept: view.state?.values,
          errors: {},
          submit: null,
        })
      : h("p", { class: "quiet" }, `${state.app.name} has put nothing here yet.`),
  );
}
