// The few drawings the page needs, as inline SVG: nothing is fetched from anywhere.

import { h } from "./dom.js";

const PATHS = {
  lock: "M7 10V7.5a5 5 0 0 1 10 0V10M5.5 10h13a1 1 0 0 1 1 1v8.5a1 1 0 0 1-1 1h-13a1 1 0 0 1-1-1V11a1 1 0 0 1 1-1zM12 14v3",
  bell: "M4 18h16M6 18a6 6 0 0 1 12 0M12 12V9.5M10 9h4",
  eye: "M2.5 12s3.5-6 9.5-6 9.5 6 9.5 6-3.5 6-9.5 6-9.5-6-9.5-6zM12 9.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5z",
  thread: "M4 5h16v11H11l-4 3.5V16H4zM8 9h8M8 12h5",
  more: "M12 5.5v.01M12 12v.01M12 18.5v.01",
  close: "M6 6l12 12M18 6L6 18",
  send: "M4 4.5l16 7.5-16 7.5 2.5-7.5zM6.5 12H13",
  slash: "M9 19.5l6-15M4.5 4h15v16h-15z",
  reload: "M19.5 12a7.5 7.5 0 1 1-2.2-5.3M19.5 3.5v4h-4",
  lockSmall: "M8 11V8a4 4 0 0 1 8 0v3M6 11h12v9H6z",
  warning: "M12 4l9 16H3zM12 10v4M12 17v.01",
  error: "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zM12 8v5M12 16v.01",
  info: "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zM12 11v5M12 8v.01",
  success: "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zM8 12.2l2.8 2.8L16 9.5",
  tick: "M5 12.5l4.5 4.5L19 7",
  image: "M4 5h16v14H4zM4 16l5-5 4 4 2.5-2.5L20 17M15.5 9v.01",
  wires: "M4 8h15M15.5 4.5L19 8l-3.5 3.5M20 16H5M8.5 12.5L5 16l3.5 3.5",
};

export function icon(name, size = 18) {
  return h(
    "svg",
    {
      class: `icon icon-${name}`,
      viewBox: "0 0 24 24",
      width: size,
      height: size,
      "aria-hidden": "true",
      focusable: "false",
    },
    h("path", {
      d: PATHS[name],
      fill: "none",
      stroke: "currentColor",
      "stroke-width": 2,
      "stroke-linecap": "round",
      "stroke-linejoin": "round",
    }),
  );
}

const initials = (name) =>
  name
    .split(/\s+/)
    .map((part) => part[0] ?? "")
    .slice(0, 2)
    .join("")
    .toUpperCase();

/** Somebody's square picture. The app wears a lock, the front desk a bell, people their initials. */
export function avatar(person, size = 36) {
  const face = { U0LOCKSMITH: "lock", U0DESK: "bell", SLACKBOT: "info" }[person?.id];
  const tint = face ?? [...(person?.id ?? "?")].reduce((sum, sign) => (sum * 30 + sign.charCodeAt(0)) % 9973, 0) % 6;
  return h(
    "span",
    { class: `avatar size-${size} tint-${tint}`, "aria-hidden": "true" },
    face ? icon(face, Math.round(size * 0.62)) : initials(person?.name ?? "?"),
  );
}
