// "Now try to break it": what each card arms, what it fills in, and what should be seen.
// Each fault has its own person, so that one card does not stand in the way of the next.

import { fill } from "./composer.js";
import { keyOf, switchPhone } from "./phone.js";
import { become } from "./sidebar.js";
import { post, setChannel, store, ui } from "./wire.js";

const OFF = "lukasz.zolc@acme.example";
const STOPPED = "jose.nunez@acme.example";
const ADMINISTRATOR = "j.doe@acme.example";
const LOCKED = "soren.orsted@acme.example";
const LOCKS_AFTER = 5;

const CARDS = [
  {
    id: "off",
    title: "Łukasz's phone is off",
    what: "The carrier takes the text, but it never arrives.",
    text: "/reset-user lukasz zolc",
    phone: OFF,
    arm: (number) => switchPhone(number, false),
    expect: "reset Łukasz. After ten seconds the carrier gives up; you are told, and his old password still works.",
  },
  {
    id: "stop",
    title: "José replied STOP",
    what: "The carrier refuses every text to him.",
    text: "/reset-user jose nunez",
    phone: STOPPED,
    arm: (number) => post("/control/text", { number, body: "STOP" }),
    expect: "reset José. The carrier refuses (21610), nothing changes, and you are told what to do next.",
  },
  {
    id: "mobile",
    title: "No mobile on record",
    what: "There is nowhere to send a text.",
    text: "/reset-user jane dorn",
    expect: "Jane Dorn has no mobile: no reset is offered, only what you can do instead.",
  },
  {
    id: "typo",
    title: "Type “jnae deo”",
    what: "A hurried agent mistypes the name.",
    text: "/reset-user jnae deo",
    expect: "Jane Doe is found all the same.",
  },
  {
    id: "channel",
    title: "Search for “<!channel>”",
    what: "A name that would wake the whole channel.",
    text: "/reset-user <!channel>",
    expect: "it stays a name, plain text; nobody is notified.",
  },
  {
    id: "pat",
    title: "Be Pat, an outsider",
    what: "Somebody who is not support asks for a reset.",
    as: "U0PAT",
    text: "/reset-user jane doe",
    expect: "Pat is refused and sees nobody's details.",
  },
  {
    id: "locked",
    title: "Søren mistyped five times",
    what: "The product has locked his account, and he knows his password.",
    text: "/reset-user soren",
    phone: LOCKED,
    needs: ourProduct,
    arm: () => mistype(LOCKED),
    expect: "the row says that he may be locked out. In the form choose “Unlock only”: no new password, no text.",
  },
  {
    id: "admin",
    title: "Reset an administrator",
    what: "The other Jane Doe may change everything.",
    text: "/reset-user j.doe@acme.example",
    phone: ADMINISTRATOR,
    expect: "it waits for a manager. Be Maya or Omar and decide in #reset-approvals.",
  },
];

/** A site of its own may know no locks, and what it counts is its own affair. */
function ourProduct() {
  return store.state.sign_in_page.startsWith("/product/");
}

async function mistype(email) {
  const body = new URLSearchParams({ email, password: "?" });
  for (let time = 0; time < LOCKS_AFTER; time++) await fetch("/product/sign-in", { method: "POST", body });
}

export function ways() {
  return CARDS.filter((card) => card.needs?.() ?? true);
}

/** Puts right what other cards broke: one thing is broken at a time. */
async function disarm() {
  for (const phone of store.state.phones) {
    if (!phone.on) await switchPhone(phone.number, true);
    if (phone.stopped) await post("/control/text", { number: phone.number, body: "START" });
  }
}

export async function play(card) {
  await disarm();
  const phone = store.state.phones.find((one) => one.email === card.phone);
  if (phone) {
    ui.phone = keyOf(phone);
    await card.arm?.(phone.number);
  }
  ui.armed = card;
  become(card.as ?? (store.state.me.role === "agent" ? store.state.me.id : "U0SAM"));
  setChannel("C0SUPPORT");
  fill("C0SUPPORT", card.text);
}
