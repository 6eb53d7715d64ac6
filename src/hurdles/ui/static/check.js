// The notebook's own document: JupyterLab and Notebook put it on their widget manager, others do not have it.
function notebook(model) {
  const context = model.widget_manager?.context;
  return context && typeof context.save === "function" ? context : null;
}

async function save(context) {
  try {
    await context.save();
    return { kind: "saved", ok: true, reason: "" };
  } catch (error) {
    return { kind: "saved", ok: false, reason: String(error?.message ?? error) };
  }
}

function taskItem(task) {
  const head = make(
    "p",
    { class: "hurdles-row" },
    make("strong", { class: "hurdles-verdict" }, `${task.symbol} ${task.word}`),
    make("code", {}, task.id),
    make("span", {}, task.points),
  );
  const item = make("li", { "data-task": task.id, "data-status": task.status }, head);
  if (task.message) item.append(make("p", { class: "hurdles-message" }, task.message));
  if (task.hint) {
    const hint = make("p", { class: "hurdles-message" }, task.hint);
    item.append(make("details", {}, make("summary", {}, "Next hint"), hint));
  }
  return item;
}

function render({ model, el }) {
  const page = root(el, "hurdles-check", "Check my work");
  const button = make("button", { type: "button" }, "Check my work");
  const status = liveRegion("hurdles-status");
  const list = make("ol", { class: "hurdles-tasks", "aria-label": "Result of each task" });
  const total = make("p", { class: "hurdles-total" });
  page.append(button, status, list, total);

  // Not the attribute "disabled": with it the button would lose the keyboard's focus at every press.
  const enable = (able) => button.setAttribute("aria-disabled", !able);
  let unanswered = null;
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled") === "true") return;
    enable(false);
    const context = notebook(model);
    model.send({ kind: "press", can_save: context !== null, name: context?.path?.split("/").pop() ?? "" });
    unanswered = setTimeout(() => {
      say(status, "The kernel is busy or stopped. The check begins when it is free; if nothing happens, restart it.");
    }, 4000);
  });

  // Two views of one cell share the model: only the one that was pressed may answer.
  const message = async (content) => {
    if (content.kind !== "save" || unanswered === null) return;
    model.send(await save(notebook(model)));
  };
  const show = () => {
    const busy = model.get("busy");
    if (busy) clearTimeout(unanswered);
    else unanswered = null;
    enable(!busy);
    page.setAttribute("aria-busy", busy);
    say(status, model.get("status"));
    list.replaceChildren(...model.get("tasks").map(taskItem));
    list.hidden = model.get("tasks").length === 0;
    total.textContent = model.get("total");
  };
  const stop = follow(model, { "busy status tasks total": show, "msg:custom": message });
  show();
  return () => {
    stop();
    clearTimeout(unanswered);
  };
}

export default { render };
