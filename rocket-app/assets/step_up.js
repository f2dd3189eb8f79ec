// The dialog that asks for the code of a second factor, for the password, or for both.

import { Refused } from "./auth.js";
import { act, current, id, onClick } from "./dom.js";

/** The refusals after which the user can try again. */
const REPEATABLE = new Set(["invalid_code", "invalid_credentials", "too_many_attempts"]);

const dialog = id("step-up");
const form = id("step-up-form");
const { password, code } = form.elements;

/** What the dialog is open for: `prove` judges what the user typed, and `resolve` and `reject` end it. */
let question = null;

/** Signs in by `signIn`, and asks for a code if the account has a second factor. Says whether the user is signed in. */
export async function signInBy(auth, signIn) {
  try {
    await signIn();
    return true;
  } catch (problem) {
    const { challenge } = problem;
    if (!challenge) throw problem;
    const text = "This account has a second factor.";
    return ask({ text, wantsCode: true }, (typed) => auth.signInWithCode(challenge, typed.code));
  }
}

/** Proves the signed-in user again, as `stepUp` of `AuthClient` does. Says whether the refused call may go on. */
export async function proveUser(auth, refusal) {
  // This asks for no step-up. A call that did would wait for this one.
  const { totp } = await current(auth.factors().catch(withoutFactors));
  if (refusal.code === "second_factor_required" && totp === null) {
    throw new Refused(401, refusal.code, "This needs a second factor: add an authenticator app first.");
  }
  // A token that was got without the code would open less than the one it replaces.
  const wantsCode = totp !== null;
  const text = "Prove it to go on.";
  return ask({ text, wantsPassword: true, wantsCode }, (typed) =>
    auth.reauthenticate(typed.password, wantsCode ? typed.code : undefined),
  );
}

/** Closes the dialog: what the user typed must not be left in the page. */
export function forget() {
  dialog.close();
  leave();
}

/** Where the server offers no second factors, its answer is 404. */
function withoutFactors(problem) {
  if (problem.status !== 404) throw problem;
  return { totp: null };
}

/**
 * Asks until `prove` takes what the user types. Says whether it did: the user may cancel, and an open question is not
 * replaced by another one.
 */
async function ask({ text, wantsPassword = false, wantsCode }, prove) {
  if (question) return false;
  id("step-up-text").textContent = text;
  for (const [field, isWanted] of [[password, wantsPassword], [code, wantsCode]]) {
    field.closest(".field").hidden = !isWanted;
    field.required = isWanted;
  }
  id("step-up-other").hidden = !wantsCode;
  useRecoveryCode(false);
  dialog.showModal();
  (wantsPassword ? password : code).focus();
  return new Promise((resolve, reject) => {
    question = { prove, resolve, reject };
  });
}

async function send() {
  tell("");
  // The page may close the dialog meanwhile, and open it for another question.
  const asked = question;
  try {
    await asked?.prove({ password: password.value, code: code.value });
    asked?.resolve(true);
  } catch (problem) {
    if (question === asked && REPEATABLE.has(problem.code)) {
      const field = code.required && problem.code === "invalid_code" ? code : form.querySelector(":required");
      field.focus();
      field.select();
      throw problem;
    }
    asked?.reject(problem);
  }
  if (question === asked) forget();
}

/** Ends the question. What is on its way still says how it ended. */
function leave() {
  form.reset();
  tell("");
  if (!isBusy()) question?.resolve(false);
  question = null;
}

/** Whether a proof is on its way, which cannot be cancelled. */
function isBusy() {
  return id("step-up-go").disabled;
}

/** Says what is wrong with what the user typed. */
function tell(text) {
  id("step-up-problem").textContent = text;
}

/** Whether the field is for a recovery code, or for one of the app. */
function useRecoveryCode(isRecovery) {
  form.dataset.recovery = isRecovery;
  id("step-up-code-label").textContent = isRecovery ? "Recovery code" : "Code of your authenticator app";
  id("step-up-other").textContent = isRecovery ? "Use the app" : "Use a recovery code";
  code.inputMode = isRecovery ? "text" : "numeric";
  code.autocomplete = isRecovery ? "off" : "one-time-code";
  code.value = "";
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  act(id("step-up-go"), send, tell);
});
onClick(id("step-up-other"), () => {
  useRecoveryCode(form.dataset.recovery !== "true");
  code.focus();
});
id("step-up-cancel").addEventListener("click", () => isBusy() || forget());
dialog.addEventListener("cancel", (event) => isBusy() && event.preventDefault());
// The event comes late, when the dialog may be open for another question.
dialog.addEventListener("close", () => dialog.open || leave());
