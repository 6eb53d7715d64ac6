// Everything is built from text and attributes, never from markup: what a learner wrote, or what a failed check
// says about it, cannot become a script.
const TAKES_KEYS = new Set(["button", "input", "select", "summary", "textarea"]);

function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  // JupyterLab moves between cells with arrow keys and deletes them with D, D: not while a control has the focus.
  // Its shortcuts look at the focused element first, so the mark must be on that element itself.
  if (TAKES_KEYS.has(tag)) node.setAttribute("data-lm-suppress-shortcuts", "true");
  for (const [name, value] of Object.entries(attributes)) {
    if (value === false || value === null || value === undefined) continue;
    node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

let made = 0;
function freshId(prefix) {
  made += 1;
  return `${prefix}-${Math.random().toString(36).slice(2)}-${made}`;
}

function root(el, className, label) {
  const node = make("div", { class: `hurdles ${className}`, role: "group", "aria-label": label || null });
  el.append(node);
  return node;
}

// A live region must be in the page before its text changes, or it is not read out.
function liveRegion(className, role = "status") {
  return make("p", { class: className, role, "aria-live": role === "alert" ? "assertive" : "polite" });
}

function say(region, text) {
  if (region.textContent !== text) region.textContent = text;
}

// Follow traits of the model for as long as the view lives; returns what ends it.
function follow(model, handlers) {
  const bound = Object.entries(handlers).map(([names, handler]) => [
    names.split(" ").map((name) => (name.startsWith("msg:") ? name : `change:${name}`)),
    handler,
  ]);
  for (const [events, handler] of bound) for (const event of events) model.on(event, handler);
  return () => {
    for (const [events, handler] of bound) for (const event of events) model.off(event, handler);
  };
}
