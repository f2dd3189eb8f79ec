// The account pages of the demo. Each form works without this script; with it the page stays where
// it is.

import { AuthClient } from "./auth.js";
import { current, explainAddress, forgetUser, id, onSubmit, reasonOf, say, tellProblem } from "./dom.js";
import * as stepUp from "./step_up.js";

const auth = new AuthClient(document.body.dataset.auth, { stepUp: (refusal) => stepUp.proveUser(auth, refusal) });

/** What each form does. `false` says that the user did not type the code of a second factor. */
const VERBS = {
  "sign-up": ({ email }) => auth.register(email),
  "complete-sign-up": ({ link, password }) => auth.completeRegistration(ticketOf(link), password),
  "forgot-password": ({ email }) => auth.forgot(email),
  "reset-password": ({ link, password }) => auth.reset(ticketOf(link), password),
  // The dialog asks for the password, and for a code where the user has a factor: no token gets weaker.
  "change-email": ({ email }) => auth.changeEmail(email),
  "confirm-email": ({ link }) => auth.confirmEmail(ticketOf(link)),
  "request-sign-in-link": ({ email }) => auth.requestLink(email),
  "sign-in-by-link": ({ link }) => stepUp.signInBy(auth, () => auth.signInByLink(ticketOf(link))),
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
    const isDone = await current(VERBS[verb](Object.fromEntries(fields)).catch(explainAddress));
    if (isDone === false) {
      tell("This link is used up. Ask for a new one.");
      showTicket("");
      return;
    }
  } catch (problem) {
    tellProblem(problem, tell);
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

/** Takes the field for the password out of a form, since the dialog asks for it. */
function leavePassword(form) {
  form.elements.password.closest(".field").remove();
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
  if (verb === "change-email") leavePassword(form);
  if (FOR_USERS.includes(verb)) {
    requireUser(form);
    // What one user typed must not be sent for another, who signed in in another tab.
    auth.addEventListener("changed", () => {
      forgetUser();
      stepUp.forget();
      form.reset();
      requireUser(form);
    });
  }
}
addEventListener("hashchange", takeTicket);
takeTicket();
