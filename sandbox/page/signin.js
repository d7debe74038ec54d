// The product's own sign-in page in a small browser window, for the person whose phone is shown.

import { shownPhone } from "./phone.js";

const frame = () => document.getElementById("product");
let who = null;

let page = "";

const addressOf = (email, wrong) => `${page}?email=${encodeURIComponent(email)}${wrong ? "&wrong=1" : ""}`;

/** Turns to another person's page, but never reloads the page of the same person: somebody may be typing there. */
export function drawSignIn(state) {
  const phone = shownPhone(state);
  if (!phone?.email || who === phone.email) return;
  who = phone.email;
  page = state.sign_in_page;
  // Before the first reset the person stands where they called from: their own password was refused.
  frame().src = addressOf(who, !state.story[3]);
  frame().title = `Product sign-in page, ${phone.name}`;
  document.getElementById("address").textContent = `${phone.name} · statstak.example`;
}

export function wireSignIn() {
  document
    .getElementById("sign-in-again")
    .addEventListener("click", () => who && (frame().src = addressOf(who, false)));
}
