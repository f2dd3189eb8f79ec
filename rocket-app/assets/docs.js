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

/** A response as it is described, where the document only refers to one by its place (`#/components/responses/…`). */
const described = (response, api) =>
  response.$ref ? response.$ref.split("/").slice(1).reduce((part, name) => part?.[name], api) : response;

const section = ({ path, method, operation }, api) => {
  const made = element("section");
  made.append(element("h2", `${method} ${path}`));
  const said = operation.summary ?? operation.description;
  if (said) made.append(element("p", said));
  made.append(element("p", `Who: ${operation["x-access-rule"] ?? "no decision"}`));
  const list = element("ul");
  for (const [status, response] of Object.entries(operation.responses ?? {})) {
    const said = described(response, api)?.description;
    list.append(element("li", said ? `${status}: ${said}` : status));
  }
  made.append(list);
  return made;
};

const state = document.getElementById("state");
try {
  const answer = await fetch("/openapi.json");
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  const api = await answer.json();
  const routes = routesOf(api);
  document.getElementById("routes").append(...routes.map((route) => section(route, api)));
  state.textContent = `${routes.length} routes`;
} catch (error) {
  state.textContent = `The document cannot be read: ${error.message}.`;
}
