// What the pages of the demo share. What comes from the server or from a user goes into a page as
// text, never as HTML.

export const id = (name) => document.getElementById(name);

/** An element with properties and children; children that are texts stay texts. */
export function element(tag, properties = {}, ...children) {
  const { dataset, ...rest } = properties;
  const made = Object.assign(document.createElement(tag), rest);
  Object.assign(made.dataset, dataset);
  made.append(...children);
  return made;
}

/** Shows a sentence where the page speaks. */
export function say(text) {
  id("status").textContent = text;
}

/** What a page says of a problem. */
export function reasonOf(problem) {
  return problem.name === "Refused" ? problem.message : "The server cannot be reached.";
}

/** Says in words of a person that the server takes no such address. */
export function explainAddress(problem) {
  if (problem.code === "invalid_request") problem.message = "This is not an e-mail address.";
  throw problem;
}

/** How often the page forgot its user: it shows another one since then, or none. */
let forgotten = 0;

/** Stops work for a user whom the page has forgotten. The page tells nothing of it. */
class UserForgotten extends Error {}

/** Says that the page forgets its user. */
export function forgetUser() {
  forgotten += 1;
}

/** What an answer says. Throws where the page has forgotten the user who asked, so that nothing of it is shown. */
export async function current(answer) {
  const asked = forgotten;
  try {
    return await answer;
  } finally {
    if (asked !== forgotten) throw new UserForgotten();
  }
}

/** Tells a problem, if it is one of the user whom the page shows. */
export function tellProblem(problem, tell) {
  if (!(problem instanceof UserForgotten)) tell(reasonOf(problem));
}

/** Runs what a button or form asks for: one click at a time, and a refusal is told. */
export async function act(control, work, tell = say) {
  if (control.disabled) return;
  const hadFocus = document.activeElement === control;
  control.disabled = true;
  try {
    await work();
  } catch (problem) {
    tellProblem(problem, tell);
  } finally {
    control.disabled = false;
    // A disabled button loses the keyboard. It gets it back where nothing else has it that can be seen.
    const { activeElement, body } = document;
    if (hadFocus && (activeElement === body || activeElement?.checkVisibility?.() === false)) control.focus();
  }
}

export function onClick(control, work) {
  control.addEventListener("click", () => act(control, work));
  return control;
}

export function onSubmit(form, work) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    act(form.querySelector("button"), () => work(new FormData(form)));
  });
}

/** Asks before something that cannot be taken back; `verb` is the name of the button that does it. */
export function confirmed(question, verb) {
  const dialog = id("confirm");
  id("question").textContent = question;
  id("confirm-verb").textContent = verb;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "confirmed"), { once: true });
  });
}
