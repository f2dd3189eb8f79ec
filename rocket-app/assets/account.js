// The account pages of the demo. Each form works without this script; with it the page stays where
// it is.

import { AuthClient } from "./auth.js";
import { explainAddress, id, onSubmit, reasonOf, say } from "./dom.js";
import { signInBy } from "./step_up.js";

const auth = new AuthClient(document.body.dataset.auth);

/** What each form does. A verb that gives `false` was not done. */
const VERBS = {
  "sign-up": ({ email }) => auth.register(email),
  "complete-sign-up": ({ link, password }) => auth.completeRegistration(ticketOf(link), password),
  "forgot-password": ({ email }) => auth.forgot(email),
  "reset-password": ({ link, password }) => auth.reset(ticketOf(link), password),
  "change-email": async ({ email, password }) => {
    if (password) await auth.reauthenticate(password);
    await auth.changeEmail(email);
  },
  "confirm-email": ({ link }) => auth.confirmEmail(ticketOf(link)),
  "request-sign-in-link": ({ email }) => auth.requestLink(email),
  "sign-in-by-link": ({ link }) => signInBy(auth, () => auth.signInByLink(ticketOf(link))),
  "delete-account": ({ password }) => auth.deleteAccount(password),
};

/** The forms that only a signed-in user can send. */
const FOR_USERS = ["change-email", "delete-account"];

/** The ticket of a link, or of what is only a ticket. */
function ticketOf(pasted) {
  return pasted.trim().split("#ticket=").pop();
}

/** Says what happened, and takes the keyboard there. */
function tell(text) {
  say(text);
  id("status").focus();
}

async function send(form, fields) {
  const { verb, done, next } = form.dataset;
  try {
    const isDone = await VERBS[verb](Object.fromEntries(fields)).catch(explainAddress);
    if (isDone === false) return;
  } catch (problem) {
    tell(reasonOf(problem));
    if (problem.code === "reauthentication_required") askAgain(form);
    if (problem.code === "invalid_ticket") showTicket("");
    return;
  }
  if (next) {
    location.assign(next);
  } else {
    form.reset();
    tell(done);
  }
}

/** Shows the field for the password, since the sign-in is too long ago. */
function askAgain(form) {
  const { password } = form.elements;
  password.closest(".field").hidden = false;
  password.required = true;
  say("Your sign-in is more than 10 minutes ago. Type your password as well.");
  password.focus();
}

/**
 * Puts a ticket where a user without this script pastes the link, and hides what the user does not
 * need then. Without a ticket shows it all again.
 */
function showTicket(ticket) {
  const link = document.querySelector("[name='link']");
  if (!link) return;
  link.value = ticket;
  link.closest(".field").hidden = ticket !== "";
  for (const form of document.querySelectorAll("section form")) {
    if (!form.elements.link) form.closest("section").hidden = ticket !== "";
  }
}

/** Takes the ticket out of the page's address, where it would stay in the history. */
function takeTicket() {
  const ticket = new URLSearchParams(location.hash.slice(1)).get("ticket");
  if (!ticket) return;
  history.replaceState(null, "", location.pathname);
  say("");
  showTicket(ticket);
}

/** Shows the form only if a user is signed in. */
async function requireUser(form) {
  try {
    const isSignedIn = await auth.resume();
    form.closest("section").hidden = !isSignedIn;
    if (!isSignedIn) tell("Sign in on the front page first.");
  } catch (problem) {
    tell(reasonOf(problem));
  }
}

for (const form of document.forms) {
  const { verb } = form.dataset;
  if (!verb) continue;
  onSubmit(form, (fields) => send(form, fields));
  if (FOR_USERS.includes(verb)) {
    requireUser(form);
    // What one user typed must not be sent for another, who signed in in another tab.
    auth.addEventListener("changed", () => {
      form.reset();
      requireUser(form);
    });
  }
}
addEventListener("hashchange", takeTicket);
takeTicket();
