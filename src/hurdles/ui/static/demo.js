function slider(spec, id, move) {
  const input = make("input", { id, type: "range", min: 0, max: spec.options.length - 1, step: 1 });
  // Hidden from screen readers: they hear it as the slider's own value.
  const shown = make("span", { class: "hurdles-value", "aria-hidden": "true" });
  const place = (position) => {
    if (Number(input.value) !== position) input.value = position;
    input.setAttribute("aria-valuetext", spec.options[position]);
    shown.textContent = spec.options[position];
  };
  input.addEventListener("input", () => {
    place(Number(input.value));
    move(Number(input.value));
  });
  return { nodes: [input, shown], place };
}

function choice(spec, id, move) {
  const options = spec.options.map((text, position) => make("option", { value: position }, text));
  const input = make("select", { id }, ...options);
  input.addEventListener("change", () => move(Number(input.value)));
  return { nodes: [input], place: (position) => { input.value = position; } };
}

function render({ model, el }) {
  const page = root(el, "hurdles-demo", model.get("title"));
  const places = {};
  const panel = make("div", { class: "hurdles-controls" });
  for (const spec of model.get("controls")) {
    const id = freshId(spec.name);
    const move = (position) => {
      model.set("state", { ...model.get("state"), [spec.name]: position });
      model.save_changes();
    };
    const control = (spec.kind === "slider" ? slider : choice)(spec, id, move);
    places[spec.name] = control.place;
    const attributes = { class: "hurdles-control", "data-control": spec.name };
    panel.append(make("div", attributes, make("label", { for: id }, spec.label), ...control.nodes));
  }
  const image = make("img", { class: "hurdles-picture", alt: model.get("alt") });
  const text = liveRegion("hurdles-text");
  const problem = liveRegion("hurdles-problem", "alert");
  page.append(make("p", { class: "hurdles-question" }, model.get("question")), panel, problem, image, text);

  let turn = 0;
  let shown = null;
  async function paint() {
    turn += 1;
    const mine = turn;
    const bytes = model.get("png");
    image.hidden = !bytes || bytes.byteLength === 0;
    if (image.hidden) return;
    const [width, height] = model.get("size");
    image.width = width;
    image.height = height;
    const url = URL.createObjectURL(new Blob([bytes], { type: "image/png" }));
    // Decoded off the page first: the old picture stays until the new one is ready, so nothing flickers.
    const next = new Image();
    next.src = url;
    await next.decode().catch(() => undefined);
    if (mine !== turn) {
      URL.revokeObjectURL(url);
      return;
    }
    image.src = url;
    if (shown) URL.revokeObjectURL(shown);
    shown = url;
  }

  const place = () => {
    for (const [name, position] of Object.entries(model.get("state"))) places[name]?.(position);
  };
  const words = () => say(text, model.get("text"));
  const trouble = () => {
    const reason = model.get("problem");
    say(problem, reason ? `⚠ ${reason}` : "");
  };
  const stop = follow(model, { png: paint, state: place, text: words, problem: trouble });
  place();
  paint();
  words();
  trouble();
  return () => {
    stop();
    turn += 1;
    if (shown) URL.revokeObjectURL(shown);
  };
}

export default { render };
