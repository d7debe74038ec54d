// Keeps lists of messages at their end, unless somebody scrolled up to read.

import { toEnd } from "./dom.js";

/** Shows one message as Slack does when it was linked to: in sight, and lit for a moment. */
export function pointAt(ts) {
  const node = document.querySelector(`#slack [data-ts="${CSS.escape(ts)}"]`);
  const log = node?.closest(".log");
  if (!log) return;
  log.scrollTop += node.getBoundingClientRect().top - log.getBoundingClientRect().top - log.clientHeight / 3;
  node.animate?.([{ backgroundColor: "#ecb22e66" }, { backgroundColor: "#ecb22e66", offset: 0.6 }, {}], 2500);
  node.focus({ preventScroll: true });
}

const scrolledUp = new Set();

export const scrolled = ({ currentTarget: log }) => {
  if (log.scrollHeight - log.scrollTop - log.clientHeight < 60) scrolledUp.delete(log.dataset.key);
  else scrolledUp.add(log.dataset.key);
};

/** Lists that stood at their end, and new lists, stand at their end after drawing. */
export function afterDraw() {
  const logs = [...document.querySelectorAll("#slack .log")];
  const keys = logs.map((log) => log.dataset.key);
  for (const key of scrolledUp) if (!keys.includes(key)) scrolledUp.delete(key);
  for (const log of logs) if (!scrolledUp.has(log.dataset.key)) toEnd(log);
}
