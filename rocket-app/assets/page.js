// The front page of the demo. What comes from the server or from a user goes into the page as text, never as HTML.

import { AuthClient } from "./auth.js";
import { current, element, forgetUser, id, onClick, onSubmit, say, tellProblem } from "./dom.js";
import { SecondFactor } from "./factor.js";
import * as stepUp from "./step_up.js";
import { Administration } from "./users.js";

/** What is tried to show what a user's roles open. */
const DOORS = [
  ["/api/public", "every client"],
  ["/api/users/me", "every signed-in user"],
  ["/api/editor", "editors and admins"],
  ["/api/admin", "admins"],
  ["/api/reports/1", "admins, and the admin's own"],
  ["/api/reports/2", "admins, and the editor's own"],
  ["/api/reports/3", "admins, and the viewer's own"],
];

const auth = new AuthClient(document.body.dataset.auth, { stepUp: (refusal) => stepUp.proveUser(auth, refusal) });
const administration = new Administration(auth, showMember);
/** Only where the server offers second factors. */
const secondFactor = id("factor") && new SecondFactor(auth, when);

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

/** Takes what was shown to a user out of the page: hidden, it could still be read on a shared machine. */
function forget() {
  forgetUser();
  for (const part of ["member", "administration"]) id(part).hidden = true;
  for (const shown of ["email", "roles", "user", "session", "doors", "sessions", "users", "map"]) id(shown).replaceChildren();
  id("confirm").close();
  id("question").textContent = "";
  id("password").reset();
  secondFactor?.forget();
  stepUp.forget();
  administration.forget();
}

function showStranger(text) {
  forget();
  id("stranger").hidden = false;
  document.body.dataset.state = "signed-out";
  say(text);
}

async function showMember() {
  const me = await current(auth.json("/api/users/me"));
  const asked = [{ path: "/api/admin/users" }, { path: "/api/admin/access-map" }];
  const [managesUsers, readsMap] = await current(auth.canEach(asked));
  // Another user than before, who signed in in another tab.
  if (id("user").textContent !== me.id) forget();
  id("email").textContent = me.email;
  id("password-user").value = me.email;
  id("roles").textContent = me.roles.join(", ") || "none";
  id("user").textContent = me.id;
  id("session").textContent = me.sessionId;
  await Promise.all([
    showDoors(),
    showSessions(),
    secondFactor?.show(),
    managesUsers && administration.show(me),
    readsMap && showMap(),
  ]);
  id("stranger").hidden = true;
  id("member").hidden = false;
  id("administration").hidden = !managesUsers;
  document.body.dataset.state = "signed-in";
}

async function showDoors() {
  id("doors").replaceChildren(...(await current(Promise.all(DOORS.map(tried)))));
}

async function tried([path, who]) {
  // A door that is shut is shown, and opened by no dialog.
  const answer = await auth.fetch(path, { stepUp: false });
  const refusal = answer.ok ? null : await answer.json().catch(() => ({ error: "error" }));
  const outcome = answer.ok ? "open" : `refused: ${refusal.error}`;
  return element(
    "tr",
    { dataset: { path, status: answer.status } },
    element("th", { scope: "row" }, element("code", {}, path)),
    element("td", {}, who),
    element("td", { className: answer.ok ? "open" : "shut" }, `${answer.ok ? "✓" : "✗"} ${answer.status} ${outcome}`),
  );
}

async function showSessions() {
  const sessions = await current(auth.sessions());
  id("sessions").replaceChildren(
    ...sessions.map((session) => {
      const name = device(session.userAgent);
      const end = element("button", { type: "button" }, "End", element("span", { className: "unseen" }, ` the session of ${name}`));
      onClick(end, async () => {
        await current(auth.endSession(session.id));
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

async function showMap() {
  const map = await current(auth.json("/api/admin/access-map"));
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
    if (await current(auth.resume())) {
      await showMember();
      say(greeting);
    } else {
      showStranger(greeting);
    }
  } catch (problem) {
    tellProblem(problem, showStranger);
  }
}

auth.addEventListener("signed-out", (event) => {
  showStranger(event.detail.message);
  id("sign-in-email").focus();
});
auth.addEventListener("changed", () => {
  // The user may be gone. Nothing of theirs is seen or used until it is known who is there.
  forgetUser();
  stepUp.forget();
  for (const part of ["member", "administration"]) id(part).hidden = true;
  start("");
});

onSubmit(id("sign-in"), async (fields) => {
  const isSignedIn = await stepUp.signInBy(auth, () => auth.signIn(fields.get("email"), fields.get("password")));
  if (!isSignedIn) return;
  id("sign-in").reset();
  await showMember();
  say("You are signed in.");
  id("you-title").focus();
});
onSubmit(id("password"), async (fields) => {
  await current(auth.changePassword(fields.get("current"), fields.get("new")));
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
