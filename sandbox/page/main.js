// Starts the page: connects, draws every part from each new state, and tells the server what is looked at.

import { channelName, messagesPane } from "./messages.js";
import { afterDraw, pointAt } from "./scroll.js";
import { threadPane } from "./thread.js";
import { composer, fill, grantFocus, wishFocus } from "./composer.js";
import { draw, h, say } from "./dom.js";
import { appTabs, atHome, homePane } from "./home.js";
import { drawModals } from "./modal.js";
import { cancelConfirm, closeMenu } from "./overlay.js";
import { drawPhone } from "./phone.js";
import { drawSignIn, wireSignIn } from "./signin.js";
import { drawStory, wireStory } from "./story.js";
import { drawTraffic, wireTraffic } from "./traffic.js";
import { channelHead, rail, sidebar } from "./sidebar.js";
import { HOME_ZONE, clock, now, setClock } from "./time.js";
import { act, connect, onChange, post, redraw, startOver, store, ui } from "./wire.js";

let first = true;
let who = null;
let looked = null;

function render(state) {
  setClock(state.now);
  if (who !== ui.as) newEyes(state);
  const open = state.conversations.find((one) => one.id === ui.channel) ?? state.conversations[0];
  ui.channel = open.id;
  if (ui.point) ui.thread ??= threadOf(state, open, ui.point);
  drawSlack(state, open);
  drawModals(state);
  drawPhone(state);
  drawSignIn(state);
  drawStory(state);
  drawTraffic(state);
  drawTop(state);
  look(state, open);
  if (first) firstVisit(state, open);
  first = false;
  grantFocus();
  if (ui.point) setTimeout(pointAt, 0, ui.point);
  ui.point = null;
}

/** Another person looks: nothing half open of the last one may stay. */
function newEyes(state) {
  if (who !== null) say(`You are ${state.me.name}, ${state.me.role}.`);
  who = ui.as;
  cancelConfirm();
  closeMenu();
}

/** The thread in which a linked reply stands. */
function threadOf(state, open, ts) {
  return state.messages[open.id]?.find((one) => one.replies.some((reply) => reply.ts === ts))?.ts ?? null;
}

function drawSlack(state, open) {
  const thread = ui.thread && threadPane(state, open);
  draw(
    document.getElementById("workspace"),
    rail(state),
    sidebar(state, open),
    h(
      "main",
      { id: "channel", key: "channel", "aria-label": channelName(state, open) },
      channelHead(state, open),
      appTabs(state, open),
      atHome(state, open) ? homePane(state) : [messagesPane(state, open), composer(state, open)],
    ),
    thread,
  );
  afterDraw();
}

function drawTop(state) {
  document.getElementById("clock").textContent = clock(now(), HOME_ZONE);
  const ahead = Math.round(state.offset / 60);
  document.getElementById("ahead").textContent = ahead ? `(${ahead} min ahead)` : "";
  const bot = document.getElementById("bot");
  bot.className = state.connected ? "bot on" : "bot";
  bot.textContent = state.connected ? "bot connected" : "bot not connected";
}

/** Whatever is on screen has been looked at. Asked again only when it changed, so that it cannot go round in circles. */
function look(state, open) {
  const marks = (state.messages[open.id] ?? []).map((one) => `${one.ts}${one.edited}${one.replies?.length ?? 0}`);
  const seen = [ui.as, open.id, atHome(state, open), open.unread > 0, state.story.slice(0, 4), marks].join();
  if (seen === looked || document.hidden) return;
  looked = seen;
  act("look", { channel: open.id, tab: atHome(state, open) ? "home" : "messages" });
}

function firstVisit(state, open) {
  if (!state.story[0] && state.me.role === "agent" && open.id === "C0SUPPORT") fill(open.id, "/reset-user jane doe");
  else if (!ui.point) wishFocus(open.id);
}

const WINDOWS = ["#slack", "#phone", "#sign-in", "#story", "#top"];

/** F6 walks between the windows of the page, Shift-F6 back, also out of a dialog. */
function walk(event) {
  if (event.key !== "F6") return;
  event.preventDefault();
  const at = WINDOWS.findIndex((one) => document.querySelector(one).contains(document.activeElement));
  const to = document.querySelector(WINDOWS.at((at + (event.shiftKey ? -1 : 1)) % WINDOWS.length));
  const dialog = to.querySelector("[role=alertdialog]") ?? to.querySelector("[role=dialog]");
  (dialog ?? to.querySelector("#composer textarea") ?? to).focus();
}

function wireTop() {
  const on = (id, run) => document.getElementById(id).addEventListener("click", run);
  on("start-over", startOver);
  on("ten-minutes", () => post("/control/clock", { advance: 600 }));
  on("one-hour", () => post("/control/clock", { advance: 3600 }));
  document.addEventListener("keydown", walk);
  document.addEventListener("visibilitychange", redraw);
  setInterval(() => store.state && redraw(), 15_000); // clocks and "3 minutes ago"
}

wireTop();
wireTraffic();
wireStory();
wireSignIn();
onChange(render);
connect(ui.as);
