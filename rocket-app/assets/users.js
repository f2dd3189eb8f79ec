// What admins do with other users, on the front page of the demo.

import { confirmed, current, element, explainAddress, id, onClick, onSubmit, say } from "./dom.js";

/** The part of the page for admins: `auth` sends its requests, and `changed` runs after a change of the admin. */
export class Administration {
  #auth;
  #changed;
  #me;

  constructor(auth, changed) {
    this.#auth = auth;
    this.#changed = changed;
    onSubmit(id("add"), (fields) => this.#add(fields));
    if (id("invite")) onSubmit(id("invite"), (fields) => this.#invite(fields));
  }

  /** Shows every user to the admin `me`. */
  async show(me) {
    this.#me = me;
    const { roles, users } = await this.#ask("/api/admin/users");
    id("users").replaceChildren(...users.map((user) => this.#row(roles, user)));
  }

  /** Takes what was typed, and a link, out of the page. */
  forget() {
    id("add").reset();
    id("invite")?.reset();
    this.#showLink("");
  }

  #ask(path, init) {
    return current(this.#auth.json(path, init));
  }

  async #add(fields) {
    const json = { email: fields.get("email"), password: fields.get("password"), roles: fields.getAll("roles") };
    const { email } = await this.#ask("/api/admin/users", { method: "POST", json }).catch(explainAddress);
    id("add").reset();
    await this.show(this.#me);
    this.#told(`${email} is added.`);
  }

  async #invite(fields) {
    const json = { email: fields.get("email"), roles: fields.getAll("roles") };
    const { link } = await this.#ask("/api/admin/invitations", { method: "POST", json }).catch(explainAddress);
    id("invite").reset();
    say("Copy the link now: this page shows it once.");
    this.#showLink(link);
  }

  #showLink(link) {
    id("link").hidden = link === "";
    id("link").textContent = link;
    if (link) id("link").focus();
  }

  /** Says what happened to a user, and takes the keyboard to the table. */
  #told(text) {
    this.#showLink("");
    say(text);
    id("users-title").focus();
  }

  /** A button in the row of a user. */
  #button(user, text, of, className, work) {
    const unseen = element("span", { className: "unseen" }, ` ${of} ${user.email}`);
    return onClick(element("button", { type: "button", className }, text, unseen), work);
  }

  /** Changes a user, and shows all again. */
  async #change(user, method, path, text, json) {
    await this.#ask(`/api/admin/users/${user.id}${path}`, { method, json });
    await (user.id === this.#me.id ? this.#changed() : this.show(this.#me));
    this.#told(text);
  }

  #row(roles, user) {
    const boxes = roles.map((role) => {
      const box = element("input", { type: "checkbox", value: role, checked: user.roles.includes(role), disabled: user.disabled });
      return element("label", {}, box, ` ${role}`);
    });
    const choice = element("fieldset", {}, element("legend", { className: "unseen" }, `Roles of ${user.email}`), ...boxes);
    const save = this.#button(user, "Save", "the roles of", "", async () => {
      const chosen = [...choice.querySelectorAll("input:checked")].map((box) => box.value);
      await this.#ask(`/api/admin/users/${user.id}/roles`, { method: "PUT", json: { roles: chosen } });
      say(`${user.email} now is ${chosen.join(", ") || "without a role"}.`);
      if (user.id === this.#me.id) await this.#changed();
    });
    save.disabled = user.disabled;
    return element(
      "tr",
      { dataset: { user: user.email } },
      element("th", { scope: "row" }, user.email),
      element("td", {}, choice),
      element("td", {}, save),
      element("td", {}, ...this.#state(user)),
      element("td", {}, ...this.#more(user)),
    );
  }

  #state(user) {
    if (user.id === this.#me.id) return ["you"];
    if (user.disabled) {
      const enable = () => this.#change(user, "PUT", "/enable", `${user.email} is enabled.`);
      return ["disabled ", this.#button(user, "Enable", "", "", enable)];
    }
    const disable = async () => {
      if (!(await confirmed(`Disable ${user.email} and end all their sessions?`, "Disable"))) return;
      await this.#change(user, "PUT", "/disable", `${user.email} is disabled.`);
    };
    return [this.#button(user, "Disable", "", "danger", disable)];
  }

  /** What else can be done. Admins change their own accounts as every user does. */
  #more(user) {
    if (user.id === this.#me.id) return [];
    const input = element("input", { type: "text", inputMode: "email", autocomplete: "off", required: true });
    const unseen = element("span", { className: "unseen" }, ` of ${user.email}`);
    const set = element("button", {}, "Set", element("span", { className: "unseen" }, ` the e-mail of ${user.email}`));
    const email = element("form", {}, element("label", {}, "New e-mail", unseen, input), " ", set);
    onSubmit(email, () => {
      const said = `${user.email} signs in as ${input.value} now.`;
      return this.#change(user, "PUT", "/email", said, { email: input.value }).catch(explainAddress);
    });
    const parts = [element("summary", {}, "More", element("span", { className: "unseen" }, ` for ${user.email}`)), email];
    if (id("administration").dataset.resets === "true" && !user.disabled) {
      const reset = this.#button(user, "Make a reset link", "for", "", async () => {
        const { link } = await this.#ask(`/api/admin/users/${user.id}/reset-link`, { method: "POST" });
        say("Copy the link now: this page shows it once.");
        this.#showLink(link);
      });
      parts.push(element("p", {}, reset));
    }
    if (id("factor")) {
      const unprotect = this.#button(user, "Remove the second factor", "of", "danger", async () => {
        if (!(await confirmed(`Remove the second factor of ${user.email}? Make sure that it is the user who asks.`, "Remove"))) return;
        await this.#change(user, "DELETE", "/factors", `${user.email} signs in without a second factor now.`);
      });
      parts.push(element("p", {}, unprotect));
    }
    const remove = this.#button(user, "Delete", "", "danger", async () => {
      if (!(await confirmed(`Delete ${user.email} for good?`, "Delete"))) return;
      await this.#change(user, "DELETE", "", `${user.email} is deleted.`);
    });
    parts.push(element("p", {}, remove));
    return [element("details", {}, ...parts)];
  }
}
