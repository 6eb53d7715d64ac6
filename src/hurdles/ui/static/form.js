function choiceField(spec) {
  const name = freshId(spec.name);
  const inputs = spec.options.map((_, position) => make("input", { type: "radio", name, value: position }));
  const labels = inputs.map((input, position) => make("label", {}, input, make("span", {}, spec.options[position])));
  const node = make("fieldset", {}, make("legend", {}, spec.label), ...labels);
  return {
    node,
    read: () => {
      const chosen = inputs.findIndex((input) => input.checked);
      return chosen < 0 ? null : chosen;
    },
    write: (value) => inputs.forEach((input, position) => { input.checked = position === value; }),
    lock: (locked) => inputs.forEach((input) => { input.disabled = locked; }),
  };
}

function numberField(spec) {
  const id = freshId(spec.name);
  const input = make("input", { id, type: "number", min: spec.low, max: spec.high, step: "any", inputmode: "decimal" });
  const unit = make("span", {}, `${spec.unit} (${spec.range})`.trim());
  const row = make("div", { class: "hurdles-row" }, input, unit);
  const node = make("div", {}, make("label", { for: id }, spec.label), row);
  return {
    node,
    read: () => (input.value === "" ? null : Number(input.value)),
    write: (value) => { input.value = value ?? ""; },
    lock: (locked) => { input.disabled = locked; },
  };
}

function textField(spec) {
  const id = freshId(spec.name);
  const input = make("textarea", { id, rows: 2, maxlength: spec.longest });
  const node = make("div", {}, make("label", { for: id }, spec.label), input);
  return {
    node,
    read: () => input.value,
    write: (value) => { input.value = value ?? ""; },
    lock: (locked) => { input.readOnly = locked; },
  };
}

const KINDS = { choice: choiceField, number: numberField, text: textField };

function render({ model, el }) {
  const page = root(el, "hurdles-form", model.get("title"));
  const form = make("form", { novalidate: true });
  const fields = {};
  for (const spec of model.get("fields")) {
    const field = KINDS[spec.kind](spec);
    const mark = make("p", { class: "hurdles-mark" });
    field.node.append(mark);
    fields[spec.name] = { ...field, mark };
    form.append(field.node);
  }
  const submit = make("button", { type: "submit" }, model.get("button"));
  const again = make("button", { type: "button", class: "hurdles-quiet" }, model.get("again"));
  const status = liveRegion("hurdles-status");
  form.append(make("div", { class: "hurdles-row" }, submit, again), status);
  page.append(form);

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const values = Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.read()]));
    model.send({ kind: "submit", values });
  });
  again.addEventListener("click", () => model.send({ kind: "again" }));

  const write = () => {
    const values = model.get("values");
    for (const [name, field] of Object.entries(fields)) if (name in values) field.write(values[name]);
  };
  const show = () => {
    const locked = model.get("locked");
    const marks = model.get("marks");
    for (const [name, field] of Object.entries(fields)) {
      field.lock(locked);
      field.mark.textContent = marks[name]?.text ?? "";
      field.mark.dataset.kind = marks[name]?.kind ?? "";
    }
    // A hidden button loses the focus to the page: hand it to the one that takes its place.
    const left = locked ? submit : again;
    const focused = document.activeElement === left;
    submit.hidden = locked;
    again.hidden = !locked;
    if (focused) (locked ? again : submit).focus();
    say(status, model.get("status"));
  };
  const stop = follow(model, { values: write, "locked marks status": show });
  write();
  show();
  return stop;
}

export default { render };
