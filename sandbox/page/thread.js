// A thread, beside the channel or over it when there is little room.

import { composer, wishFocus } from "./composer.js";
import { h } from "./dom.js";
import { icon } from "./icons.js";
import { channelName, notesFor, row, rows, when } from "./messages.js";
import { scrolled } from "./scroll.js";
import { setChannel, ui } from "./wire.js";

export function threadPane(state, conversation) {
  const root = (state.messages[conversation.id] ?? []).find((one) => one.ts === ui.thread);
  if (!root) return null;
  const close = () => {
    setChannel(conversation.id);
    wishFocus(conversation.id);
  };
  const list = [...(root.replies ?? []), ...notesFor(state, conversation.id, root.ts)].sort(
    (a, b) => when(a) - when(b),
  );
  const count = root.replies?.length ?? 0;
  return h(
    "section",
    {
      id: "thread",
      key: `thread-${root.ts}`,
      "aria-label": "Thread",
      onkeydown: (event) => event.key === "Escape" && close(),
    },
    h(
      "header",
      { class: "pane-head" },
      h("h2", null, "Thread"),
      h("span", { class: "sub" }, channelName(state, conversation)),
      h(
        "button",
        { type: "button", class: "icon-button", "aria-label": "Close thread", onclick: close },
        icon("close", 20),
      ),
    ),
    h(
      "div",
      {
        class: "log",
        role: "log",
        tabindex: "0",
        "aria-label": "Messages in the thread",
        key: `thread-log-${root.ts}`,
        onscroll: scrolled,
      },
      row(root, state, conversation.id, root.ts, false),
      h("div", { class: "count-line", key: "count" }, h("span", null, `${count} ${count === 1 ? "reply" : "replies"}`)),
      rows(list, state, conversation.id, root.ts),
    ),
    composer(state, conversation, root.ts),
  );
}
