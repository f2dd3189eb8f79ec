// The front page of the demo. What comes from the server or from a user goes into the page as text, never as HTML.

import { AuthClient } from "./auth.js";

/** What is tried to show what a user's roles open. */
const DOORS = [
  ["/api/public", "everybody"],
  ["/api/users/me", "anyone signed in"],
  ["/api/editor", "editors and admins"],
  ["/api/admin", "admins"],
  ["/api/reports/1", "admins, and the admin's own"],
  ["/api/reports/2", "admins, and the editor's own"],
  ["/api/reports/3", "admins, and the viewer's own"],
];

const auth = new AuthClient(document.body.dataset.auth);
const id = (name) => document.getElementById(name);

/** An element with properties and children; children that are texts stay texts. */
function element(tag, properties = {}, ...children) {
  const { dataset, ...rest } = properties;
  const made = Object.assign(document.createElement(tag), rest);
  Object.assign(made.dataset, dataset);
  made.append(...children);
  return made;
}

function say(text) {
  id("status").textContent = text;
}

/** Runs what a button or form asks for: one click at a time, and a refusal is told. */
async function act(control, work) {
  if (control.disabled) return;
  control.disabled = true;
  try {
    await work();
  } catch (problem) {
    say(problem.name === "Refused" ? problem.message : "The server cannot be reached.");
  } finally {
    control.disabled = false;
  }
}

function onClick(control, work) {
  control.addEventListener("click", () => act(control, work));
  return control;
}

function onSubmit(form, work) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    act(form.querySelector("button"), () => work(new FormData(form)));
  });
}

/** Asks before something that cannot be taken back. */
function confirmed(question) {
  const dialog = id("confirm");
  id("question").textContent = question;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}

function when(text) {
  return element("time", { dateTime: text, title: text }, new Date(text).toLocaleString());
}

/** What a User-Agent most likely is, in words; the whole text stands beside it for who wants to know. */
function device(agent) {
  if (!agent) return "unknown";
  const find = (known) => known.find(([mark]) => agent.includes(mark))?.[1];
  const browser = find([["Edg/", "Edge"], ["Firefox/", "Firefox"], ["Chrome/", "Chrome"], ["Safari/", "Safari"], ["curl/", "curl"]]);
  const system = find([["Android", "Android"], ["iPhone", "iPhone"], ["Windows", "Windows"], ["Mac OS", "macOS"], ["Linux", "Linux"]]);
  return [browser, system].filter(Boolean).join(" on ") || agent;
}

function showStranger(text) {
  id("member").hidden = true;
  id("administration").hidden = true;
  id("stranger").hidden = false;
  document.body.dataset.state = "signed-out";
  say(text);
}

async function showMember() {
  const me = await auth.json("/api/users/me");
  id("email").textContent = me.email;
  id("password-user").value = me.email;
  id("roles").textContent = me.roles.join(", ") || "none";
  id("user").textContent = me.id;
  id("session").textContent = me.sessionId;
  const isAdmin = me.roles.includes("admin");
  await Promise.all([showDoors(), showSessions(), ...(isAdmin ? [showUsers(me), showMap()] : [])]);
  id("stranger").hidden = true;
  id("member").hidden = false;
  id("administration").hidden = !isAdmin;
  document.body.dataset.state = "signed-in";
}

async function showDoors() {
  const tried = await Promise.all(
    DOORS.map(async ([path, who]) => {
      const answer = await auth.fetch(path);
      const refusal = answer.ok ? null : await answer.json().catch(() => ({ error: "error" }));
      const outcome = answer.ok ? "open" : `refused: ${refusal.error}`;
      return element(
        "tr",
        { dataset: { path, status: answer.status } },
        element("th", { scope: "row" }, element("code", {}, path)),
        element("td", {}, who),
        element("td", { className: answer.ok ? "open" : "shut" }, `${answer.ok ? "✓" : "✗"} ${answer.status} ${outcome}`),
      );
    }),
  );
  id("doors").replaceChildren(...tried);
}

async function showSessions() {
  const sessions = await auth.sessions();
  id("sessions").replaceChildren(
    ...sessions.map((session) => {
      const name = device(session.userAgent);
      const end = element("button", { type: "button" }, "End", element("span", { className: "unseen" }, ` the session of ${name}`));
      onClick(end, async () => {
        await auth.endSession(session.id);
        await showSessions();
        say("The session has ended.");
        id("sessions-title").focus();
      });
      return element(
        "tr",
        { dataset: { session: session.id } },
        element("th", { scope: "row", title: session.userAgent ?? "" }, name),
        element("td", {}, session.ip ?? "unknown"),
        element("td", {}, when(session.createdAt)),
        element("td", {}, when(session.lastUsedAt)),
        element("td", {}, session.current ? element("strong", {}, "this one") : end),
      );
    }),
  );
}

async function showUsers(me) {
  const { roles, users } = await auth.json("/api/admin/users");
  id("users").replaceChildren(...users.map((user) => userRow(me, roles, user)));
}

function userRow(me, roles, user) {
  const boxes = roles.map((role) => {
    const box = element("input", { type: "checkbox", value: role, checked: user.roles.includes(role), disabled: user.disabled });
    return element("label", {}, box, ` ${role}`);
  });
  const choice = element("fieldset", {}, element("legend", { className: "unseen" }, `Roles of ${user.email}`), ...boxes);
  const of = (text) => element("span", { className: "unseen" }, ` ${text} ${user.email}`);
  const save = onClick(element("button", { type: "button", disabled: user.disabled }, "Save", of("the roles of")), async () => {
    const chosen = [...choice.querySelectorAll("input:checked")].map((box) => box.value);
    await auth.json(`/api/admin/users/${user.id}/roles`, { method: "PUT", json: { roles: chosen } });
    say(`${user.email} now is ${chosen.join(", ") || "without a role"}.`);
    if (user.id === me.id) await showMember();
  });
  const disable = onClick(element("button", { type: "button", className: "danger" }, "Disable", of("")), async () => {
    if (!(await confirmed(`Disable ${user.email} and end all their sessions?`))) return;
    await auth.json(`/api/admin/users/${user.id}/disable`, { method: "PUT" });
    await showUsers(me);
    say(`${user.email} is disabled.`);
    id("users-title").focus();
  });
  const state = user.disabled ? "disabled" : user.id === me.id ? "you" : disable;
  return element(
    "tr",
    { dataset: { user: user.email } },
    element("th", { scope: "row" }, user.email),
    element("td", {}, choice),
    element("td", {}, save),
    element("td", {}, state),
  );
}

async function showMap() {
  const map = await auth.json("/api/admin/access-map");
  id("map").replaceChildren(
    ...map.map(({ method, path, handler, decision }) =>
      element(
        "tr",
        {},
        element("td", {}, element("code", {}, method)),
        element("th", { scope: "row" }, element("code", {}, path)),
        element("td", {}, element("code", {}, handler)),
        element("td", {}, decision ?? "no decision"),
      ),
    ),
  );
}

/** Shows the user whose session the cookie holds, or the form to sign in with. */
async function start(greeting) {
  try {
    if (await auth.resume()) {
      await showMember();
      say(greeting);
    } else {
      showStranger(greeting);
    }
  } catch (problem) {
    showStranger(problem.name === "Refused" ? problem.message : "The server cannot be reached.");
  }
}

auth.addEventListener("signed-out", (event) => {
  showStranger(event.detail.message);
  id("sign-in-email").focus();
});
auth.addEventListener("changed", () => start(""));

onSubmit(id("sign-in"), async (fields) => {
  await auth.signIn(fields.get("email"), fields.get("password"));
  id("sign-in").reset();
  await showMember();
  say("You are signed in.");
  id("you-title").focus();
});
onSubmit(id("password"), async (fields) => {
  await auth.changePassword(fields.get("current"), fields.get("new"));
  for (const field of ["current", "new"]) id(`password-${field}`).value = "";
  await showSessions();
  say("The password is changed; your other sessions have ended.");
});
onClick(id("try"), async () => {
  await showDoors();
  if (auth.isSignedIn) say("Tried again.");
});
for (const [button, signOut] of [
  ["sign-out", () => auth.signOut()],
  ["sign-out-everywhere", () => auth.signOutEverywhere()],
]) {
  onClick(id(button), async () => {
    await signOut();
    showStranger("You are signed out.");
    id("sign-in-email").focus();
  });
}

start(id("status").textContent.trim());
