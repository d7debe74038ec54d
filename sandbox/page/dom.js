// Builds DOM nodes and brings the page up to a new state in place, so that focus, scroll and typed text survive.
// Text only ever becomes a text node: nothing that came over a wire is parsed as HTML.

const SVG_TAGS = new Set(["svg", "path", "rect", "circle", "g", "line"]);
const LIVE = new Set(["value", "checked", "disabled", "indeterminate", "hidden", "inert"]);
const handlers = new WeakMap();

/** One node. Props: `on*` handlers, `key` for matching, live properties (value, checked …), else attributes. */
export function h(tag, props, ...children) {
  const node = SVG_TAGS.has(tag)
    ? document.createElementNS("http://www.w3.org/2000/svg", tag)
    : document.createElement(tag);
  node.append(...flat(children));
  for (const [name, value] of Object.entries(props ?? {})) {
    if (name === "key") node.setAttribute("data-key", value);
    else if (name.startsWith("on")) listen(node, name.slice(2), value);
    else if (LIVE.has(name)) node[name] = value ?? (name === "value" ? "" : false);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, String(value));
  }
  return node;
}

function flat(children) {
  const kept = children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false && c !== "");
  return kept.map((c) => (typeof c === "number" ? String(c) : c));
}

function listen(node, type, handler) {
  if (!handler) return;
  let own = handlers.get(node);
  if (!own) handlers.set(node, (own = {}));
  if (!(type in own)) node.addEventListener(type, (event) => handlers.get(node)[type]?.(event));
  own[type] = handler;
}

/** Makes `host` hold exactly `children`, reusing what is already there. */
export function draw(host, ...children) {
  const wanted = document.createDocumentFragment();
  wanted.append(...flat(children));
  morphChildren(host, wanted);
}

function morph(from, to) {
  if (from.nodeType === Node.TEXT_NODE) {
    if (from.data !== to.data) from.data = to.data;
    return;
  }
  for (const { name } of [...from.attributes]) {
    // A person opens <details>, not the state.
    if (!to.hasAttribute(name) && !(name === "open" && from.tagName === "DETAILS")) from.removeAttribute(name);
  }
  for (const { name, value } of [...to.attributes]) {
    if (from.getAttribute(name) !== value) from.setAttribute(name, value);
  }
  morphHandlers(from, to);
  morphChildren(from, to);
  if ("value" in to && from.tagName !== "LI" && from.value !== to.value) from.value = to.value;
  if ("checked" in to && from.checked !== to.checked) from.checked = to.checked;
}

function morphHandlers(from, to) {
  const old = handlers.get(from);
  const fresh = handlers.get(to);
  if (old) for (const type of Object.keys(old)) if (!fresh?.[type]) old[type] = null;
  if (fresh) for (const type of Object.keys(fresh)) listen(from, type, fresh[type]);
}

const keyOf = (node) => (node.nodeType === Node.ELEMENT_NODE ? node.getAttribute("data-key") : null);
const alike = (a, b) => a.nodeType === b.nodeType && a.nodeName === b.nodeName && keyOf(a) === keyOf(b);

function morphChildren(from, to) {
  const wanted = [...to.childNodes];
  const keys = new Set(wanted.map(keyOf).filter(Boolean));
  for (const child of [...from.childNodes]) if (keyOf(child) && !keys.has(keyOf(child))) child.remove();
  const keyed = new Map([...from.childNodes].filter(keyOf).map((child) => [keyOf(child), child]));
  let place = from.firstChild;
  for (const next of wanted) {
    const key = keyOf(next);
    let match = key ? keyed.get(key) : place;
    if (!key) while (match && keyOf(match)) match = match.nextSibling;
    if (match && alike(match, next)) {
      if (match === place) place = place.nextSibling;
      else from.insertBefore(match, place);
      morph(match, next);
    } else {
      from.insertBefore(next, place);
    }
  }
  while (place) {
    const gone = place;
    place = place.nextSibling;
    gone.remove();
  }
}

const ids = new Map();
/** A stable, short DOM id for any string, so that labels and descriptions can point at fields. */
export function idFor(name) {
  if (!ids.has(name)) ids.set(name, `n${ids.size}`);
  return ids.get(name);
}

/** Tells a screen reader something that is only visible on screen. */
export function say(text) {
  const live = document.getElementById("say");
  live.textContent = "";
  setTimeout(() => (live.textContent = text), 50);
}

/** Scrolls only as far as the list itself: scrollIntoView would move the whole page. */
export function toEnd(list) {
  list.scrollTop = list.scrollHeight;
}
