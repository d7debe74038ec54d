// The connection to the sandbox: the whole state comes over server-sent events, acts go out by POST.
// `ui` holds only what a person's eyes do (which channel, which thread, what is half typed); the rest is the server's.

const asked = new URLSearchParams(location.search);
const remembered = (name) => asked.get(name) ?? sessionStorage.getItem(name);

export const store = { state: null, online: false };

export const ui = {
  as: remembered("as") ?? "U0SAM",
  channel: remembered("channel") ?? "C0SUPPORT",
  thread: null,
  tab: "home", // of the app's own place, where the manifest has that tab
  phone: null,
  drafts: new Map(), // composer texts, by place
  point: asked.has("message") ? asked.get("message").replace(/^p(\d{10})/, "$1.") : null, // a message that was linked to
  local: [], // what Slack's client itself answers, never the server
  armed: null, // the "try to break it" card in play
};

let render = () => {};
let queued = false;
let source = null;
let startingOver = false;

export function onChange(listener) {
  render = listener;
}

/** Draws soon, once, however many things changed. */
export function redraw() {
  if (queued) return;
  queued = true;
  queueMicrotask(() => {
    queued = false;
    if (store.state?.me.id === ui.as) render(store.state);
  });
}

/** Looks at the workspace as this person. */
export function connect(person) {
  ui.as = person;
  sessionStorage.setItem("as", person);
  source?.close();
  const mine = (source = new EventSource(`/events?as=${encodeURIComponent(person)}`));
  mine.onopen = () => (startingOver && !store.online ? location.replace("/") : setOnline(true));
  mine.onmessage = (event) => {
    if (mine !== source) return;
    store.state = JSON.parse(event.data);
    setOnline(true);
    redraw();
  };
  mine.onerror = () => {
    if (mine !== source) return;
    setOnline(false);
    // After an HTTP error the browser gives up for good; a network error it retries itself.
    if (mine.readyState === EventSource.CLOSED) setTimeout(() => mine === source && connect(ui.as), 1500);
  };
}

function setOnline(online) {
  store.online = online;
  document.documentElement.dataset.online = String(online);
}

export function setChannel(channel, thread = null) {
  ui.channel = channel;
  ui.thread = thread;
  sessionStorage.setItem("channel", channel);
  redraw();
}

export async function post(path, body, what = "The sandbox") {
  try {
    const answer = await fetch(path, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    const said = await answer.json().catch(() => ({}));
    if (!answer.ok || said.ok === false) return fail(what, said.error ?? `HTTP ${answer.status}`);
    return said;
  } catch {
    return fail(what, "no answer");
  }
}

function fail(what, error) {
  toast(`${what}: ${error}`);
  return { ok: false, error };
}

/** Something this person does in Slack. */
export const act = (path, body) => post(`/act/${path}`, { as: ui.as, ...body }, "Slack");

export async function startOver() {
  startingOver = true;
  sessionStorage.clear();
  document.getElementById("offline").textContent =
    "Starting over: a fresh product and a fresh workspace, in a few seconds.";
  await post("/control/start-over", {});
}

/** A passing word at the top of the page; it is also read aloud. */
export function toast(text) {
  const box = document.getElementById("toasts");
  const note = document.createElement("div");
  note.className = "toast";
  note.textContent = text;
  box.append(note);
  while (box.children.length > 3) box.firstChild.remove();
  setTimeout(() => note.remove(), 9000);
}
