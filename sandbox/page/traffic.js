// "What the bot sent and got": every call over the wire, newest first.

import { draw, h } from "./dom.js";
import { HOME_ZONE, clock } from "./time.js";
import { redraw } from "./wire.js";

const WIRES = { slack: "Slack", socket: "Socket Mode", http: "signed HTTP", twilio: "Twilio", response_url: "response URL" };
let open = false;
const unfolded = new Set();

const panel = () => document.getElementById("traffic");
const toggle = () => document.getElementById("traffic-toggle");

export function wireTraffic() {
  toggle().addEventListener("click", () => show(!open));
  panel().addEventListener("keydown", (event) => event.key === "Escape" && show(false));
}

function show(wanted) {
  open = wanted;
  panel().hidden = !open;
  toggle().setAttribute("aria-expanded", String(open));
  redraw();
  if (open) panel().focus();
  else toggle().focus();
}

export function drawTraffic(state) {
  if (!open) return;
  const rows = state.traffic.map((one, index) => ({ ...one, key: `${one.at}-${one.name}-${index}` })).reverse();
  draw(
    panel(),
    h(
      "header",
      { class: "drawer-head" },
      h("h2", null, "What the bot sent and got"),
      h("p", null, "Everything that crosses the wire, newest first. Tokens are left out."),
      h("button", { type: "button", class: "button small", onclick: () => show(false) }, "Close"),
    ),
    h("div", { class: "traffic-rows" }, rows.length ? rows.map(row) : h("p", { class: "quiet" }, "Nothing yet.")),
  );
}

function row(one) {
  const key = `${one.at}-${one.wire}-${one.name}`;
  const flip = (event) => {
    if (event.currentTarget.open === unfolded.has(key)) return;
    if (event.currentTarget.open) unfolded.add(key);
    else unfolded.delete(key);
    redraw();
  };
  const out = one.way === "out";
  return h(
    "details",
    { class: one.ok ? "wire-row" : "wire-row failed", key: one.key, ontoggle: flip },
    h(
      "summary",
      null,
      h("time", null, clock(one.at, HOME_ZONE, true)),
      h(
        "span",
        { class: out ? "way out" : "way in", title: out ? "the bot sent" : "the bot got" },
        out ? "sent →" : "got ←",
      ),
      h("span", { class: `wire wire-${one.wire}` }, WIRES[one.wire] ?? one.wire),
      h("b", null, one.name),
      !one.ok && h("span", { class: "refused" }, "refused"),
      h("span", { class: "note" }, one.note),
    ),
    unfolded.has(key) && h("pre", null, JSON.stringify(one.detail, null, 2)),
  );
}
