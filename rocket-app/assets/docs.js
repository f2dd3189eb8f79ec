// Shows openapi.json. Everything is put in as text: nothing of the document becomes markup.

const element = (name, text) => {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  return made;
};

const routesOf = ({ paths }) =>
  Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );

const section = ({ path, method, operation }) => {
  const made = element("section");
  made.append(element("h2", `${method} ${path}`));
  const said = operation.summary ?? operation.description;
  if (said) made.append(element("p", said));
  made.append(element("p", `Who: ${operation["x-access-rule"] ?? "nobody decided"}`));
  const list = element("ul");
  for (const [status, { description, $ref }] of Object.entries(operation.responses ?? {})) {
    list.append(element("li", `${status}: ${description || $ref?.split("/").pop() || ""}`));
  }
  made.append(list);
  return made;
};

const state = document.getElementById("state");
try {
  const answer = await fetch("/openapi.json");
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  const routes = routesOf(await answer.json());
  document.getElementById("routes").append(...routes.map(section));
  state.textContent = `${routes.length} routes`;
} catch (error) {
  state.textContent = `The document cannot be read: ${error.message}.`;
}
