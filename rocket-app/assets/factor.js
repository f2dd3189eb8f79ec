// The second factor of the signed-in user, on the front page of the demo.

import { confirmed, current, element, id, onClick, onSubmit, say } from "./dom.js";

/** The parts of the section, of which it shows one. */
const PARTS = ["none", "enrolment", "codes", "present"];

/** The section: `auth` sends its requests, and `when` writes a time. */
export class SecondFactor {
  #auth;
  #when;

  constructor(auth, when) {
    this.#auth = auth;
    this.#when = when;
    onClick(id("factor-add"), () => this.#add());
    onSubmit(id("factor-confirm"), (fields) => this.#confirm(fields.get("code")));
    onClick(id("factor-abandon"), () => this.#leave("No app is added."));
    onClick(id("factor-renew"), () => this.#renew());
    onClick(id("factor-remove"), () => this.#remove());
    onClick(id("factor-copy"), async () => {
      const codes = [...id("recovery-codes").children].map((code) => code.textContent);
      await navigator.clipboard.writeText(codes.join("\n"));
      say("The recovery codes are copied.");
    });
    // Browsers have a clipboard on pages of HTTPS and of this machine only.
    id("factor-copy").hidden = !navigator.clipboard;
    id("factor-print").addEventListener("click", () => print());
    onClick(id("factor-kept"), () => this.#leave(""));
  }

  /** Shows what the user has. What the user is doing stays. */
  async show() {
    if (!id("factor-enrolment").hidden || !id("factor-codes").hidden) return;
    const { totp, recoveryCodes } = await current(this.#auth.factors());
    if (!id("factor-enrolment").hidden || !id("factor-codes").hidden) return;
    if (totp) {
      id("factor-since").replaceChildren(this.#when(totp.createdAt));
      id("factor-left").textContent = recoveryCodes;
    }
    this.#open(totp ? "present" : "none");
  }

  /** Takes secrets out of the page. */
  forget() {
    this.#open(null);
    id("factor-qr").removeAttribute("src");
    id("factor-secret").textContent = "";
    id("factor-confirm").reset();
    id("recovery-codes").replaceChildren();
    for (const shown of ["since", "left"]) id(`factor-${shown}`).replaceChildren();
  }

  #open(name) {
    for (const part of PARTS) id(`factor-${part}`).hidden = part !== name;
  }

  async #add() {
    const { secret, qr } = await current(this.#auth.startTotp());
    id("factor-qr").src = `data:image/svg+xml,${encodeURIComponent(qr)}`;
    id("factor-secret").textContent = secret.match(/.{1,4}/g).join(" ");
    this.#open("enrolment");
    say("");
    id("factor-code").focus();
  }

  async #confirm(code) {
    this.#showCodes(await current(this.#auth.confirmTotp(code)));
    say("The app is your second factor now.");
  }

  async #renew() {
    this.#showCodes(await current(this.#auth.replaceRecoveryCodes()));
    say("The former recovery codes are dead.");
  }

  async #remove() {
    if (!(await confirmed("Remove your second factor, and the recovery codes?", "Remove"))) return;
    await current(this.#auth.removeTotp());
    await this.#leave("Your second factor is removed.");
  }

  #showCodes(codes) {
    this.forget();
    id("recovery-codes").replaceChildren(...codes.map((code) => element("li", {}, element("code", {}, code))));
    this.#open("codes");
    id("factor-codes-title").focus();
  }

  /** Back to what the user has. */
  async #leave(text) {
    this.forget();
    await this.show();
    say(text);
    id("factor-title").focus();
  }
}
