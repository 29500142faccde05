// Open…: takes files by the button or dropped on the page, shows what they were understood as,
// and lets that be corrected, before there is a study. See dashboard/uploads/.
(function () {
  const WORDS = {
    sources: "Trained on",
    target: "Tested on",
    score: "Score",
    method: "Method",
    seed: "Seed",
    checkpoint: "Checkpoint (step)",
  };
  const FORMS = [
    ["scores", "a row a score"],
    ["square", "a matrix"],
    ["wide", "a row a training set, a column a target"],
  ];
  const SIDES = [
    ["sources", "what was trained on"],
    ["targets", "what was tested on"],
  ];
  const REPEATS = [
    ["mean", "its mean"],
    ["seeds", "several seeds, numbered in order"],
    ["error", "an error"],
  ];
  const element = (id) => document.getElementById(id);
  const dialog = () => element("open-dialog");
  const picker = document.createElement("input");
  picker.type = "file";
  picker.multiple = true;
  let draft = null;
  let seen = false;  // the warnings of these choices
  const said = new Set();  // by a person: what was recognized is of one file, sheet and column
  let letGo = () => {};     // of what `released` waits for
  let released = null;      // until no pointer is pressed
  let asked = 0;

  const { made: h, counted } = window.atlasDom;

  function say(status, problem) {
    element("open-status").textContent = status || "";
    const alert = element("open-problem");
    alert.textContent = problem || "";
    alert.hidden = !problem;
  }

  // Of two questions only the answer to the later one counts. What is pressed stands until it is let
  // go: who leaves a field for a button asks by that, and a button made anew would not be clicked.
  async function latest(answer) {
    const mine = ++asked;
    const found = await answer;
    await released;
    return mine === asked ? found : null;
  }

  const ask = (path, options) => latest(window.atlasDom.ask(path, options));
  const post = (path, body) => latest(window.atlasDom.post(path, body));

  async function open() {
    const shown = dialog();
    if (!shown || shown.open) {
      return;
    }
    start();
    shown.showModal();
    element("open-title").focus();
    const answer = await ask("/uploads");
    if (answer && answer.kept) {
      listKept(answer.kept);
    }
  }

  function start() {
    draft = null;
    seen = false;
    said.clear();
    say();
    element("open-body").replaceChildren();
    element("open-kept").replaceChildren();
  }

  async function take(files) {
    const list = [...files];
    if (!list.length) {
      return;
    }
    const most = Number(dialog().dataset.most);
    seen = false;
    said.clear();
    element("open-body").replaceChildren();
    if (list.reduce((sum, file) => sum + file.size, 0) > most * 2 ** 20) {
      say("", `An upload has at most ${most} MB.`);
      return;
    }
    say(`Looking at ${list.map((file) => file.name).join(", ")} …`);
    const form = new FormData();
    list.forEach((file) => form.append("file", file));
    show(await ask("/uploads", { method: "POST", body: form }));
  }

  function show(found) {
    if (!found) {
      return;
    }
    if (!found.draft) {
      say("", found.problem);
      return;
    }
    draft = found.draft;
    const kept = document.activeElement && document.activeElement.id;
    element("open-body").replaceChildren(
      ...[preview(found), choices(found), notes(found), buttons(found)].filter(Boolean),
    );
    say(
      `${found.file}: ${counted(found.size[0], "row")}, ${counted(found.size[1], "column")}.`,
      found.problem,
    );
    if (kept && element(kept)) {
      element(kept).focus();
    }
  }

  // Of a wide table a column that matters may be one that has no room here.
  function extent({ rows, header, size }) {
    const part = (shown, all, what) =>
      `${shown < all ? `${shown} of ` : all === 1 ? "" : "all "}${counted(all, what)}`;
    return `${part(rows.length, size[0], "row")}, ${part(header.length, size[1], "column")}`;
  }

  function preview(found) {
    const row = (cells, tag, props) =>
      h("tr", {}, ...cells.map((cell) => h(tag, props || {}, cell)));
    const table = h(
      "table",
      { className: "open-preview" },
      h("caption", {}, `The first rows of the file: ${extent(found)}`),
      h("thead", {}, row(found.header, "th", { scope: "col" })),
      h("tbody", {}, ...found.rows.map((cells) => row(cells, "td"))),
    );
    // What scrolls can have the focus, so that keys scroll it.
    return h(
      "div",
      { className: "open-scroll", tabIndex: 0, role: "region", "aria-label": "First rows" },
      table,
    );
  }

  function select(id, options, value) {
    const made = h("select", { id, className: "form-select form-select-sm" });
    options.forEach(([key, label]) => made.append(h("option", { value: key }, label)));
    made.value = options.some(([key]) => key === value) ? value : options[0][0];
    return made;
  }

  // What nobody can guess is marked where it is to be said, not only in the sentence above.
  function direction(metric) {
    const known = JSON.parse(dialog().dataset.metrics);
    const made = select("open-metric", [["", "choose"], ...known], metric);
    made.classList.toggle("is-invalid", !metric);
    if (!metric) {
      made.setAttribute("aria-invalid", "true");
      made.setAttribute("aria-describedby", "open-problem");
    }
    return made;
  }

  const field = (id, label, control) =>
    h("div", { className: "open-field" }, h("label", { htmlFor: id }, label), control);

  const text = (id, value) =>
    h("input", { id, className: "form-control form-control-sm", value: value || "" });

  function hinted(id, label, value, hint) {
    const made = field(id, label, text(id, value));
    made.lastChild.setAttribute("aria-describedby", `${id}-hint`);
    made.append(h("small", { id: `${id}-hint` }, hint));
    return made;
  }

  // What may be zero, to be taken by a press: nobody decides it but a person.
  function zero(found) {
    const made = hinted(
      "open-zero",
      "Counts as 0: no transfer",
      found.zero,
      "A number, or source:NAME, the training set NAME that stands for no transfer.",
    );
    if (found.zero_offered && !found.zero) {
      const take = h("button", { type: "button", className: "tool" }, `Take ${found.zero_offered}`);
      take.addEventListener("click", () => {
        element("open-zero").value = found.zero_offered;
        lookAgain();
        element("open-zero").focus();
      });
      made.append(take);
    }
    return made;
  }

  function choices(found) {
    // What several columns make, `lr={lr}`, stands where none is chosen: it is found again.
    const columns = (value) => [
      ["", value && !found.columns_there.includes(value) ? value : "none"],
      ...found.columns_there.map((name) => [name, name]),
    ];
    const column = (word) => (found.columns || {})[word] || "";
    const known = FORMS.some(([form]) => form === found.form);
    const forms = known ? FORMS : [["", "choose"], ...FORMS];
    const words = found.form === "square" ? [] : Object.keys(WORDS);
    const asked = found.form === "wide" ? ["sources", "method", "seed", "checkpoint"] : words;
    return h(
      "fieldset",
      { className: "open-choices", onchange: lookAgain },
      h("legend", {}, "Understood as"),
      field("open-name", "Title", text("open-name", found.title)),
      found.files.length > 1
        ? field(
            "open-which",
            "File with the scores",
            select("open-which", found.files.map((name) => [name, name]), found.file),
          )
        : null,
      (found.sheets || []).length
        ? field(
            "open-sheet",
            "Sheet",
            select("open-sheet", found.sheets.map((name) => [name, name]), found.sheet),
          )
        : null,
      field("open-form", "Form", select("open-form", forms, known ? found.form : "")),
      ...asked
        .filter((word) => words.includes(word))
        .map((word) =>
          field(
            `open-column-${word}`,
            WORDS[word],
            select(`open-column-${word}`, columns(column(word)), column(word)),
          ),
        ),
      found.form === "square"
        ? field("open-rows", "Rows are", select("open-rows", SIDES, found.sides || "sources"))
        : null,
      found.several
        ? field(
            "open-repeats",
            "The same cell again",
            select(
              "open-repeats",
              [["", (found.settings || []).length ? "methods of their own" : "choose"], ...REPEATS],
              found.repeats || "",
            ),
          )
        : null,
      field("open-metric", "Direction", direction(found.metric || "")),
      zero(found),
      hinted(
        "open-one",
        "Counts as 1: full transfer",
        found.one,
        "A number, source:NAME, or diagonal: what a task reaches trained on itself.",
      ),
    );
  }

  function notes(found) {
    const said = [
      ...(found.warnings || []).map((sentence) => ["Look at", sentence]),
      ...(found.understood || []).map((sentence) => ["Understood", sentence]),
      ...(found.assumed || []).map((sentence) => ["Assumed", sentence]),
      ...(found.unknown || []).map((sentence) => ["Not known", sentence]),
    ];
    return said.length
      ? h(
          "ul",
          { className: "open-notes" },
          ...said.map(([what, sentence]) => h("li", {}, h("strong", {}, `${what}: `), sentence)),
        )
      : null;
  }

  function buttons(found) {
    const label = found.warnings ? "Open it all the same" : "Open the study";
    const keep = h("button", { type: "button", className: "tool", id: "open-keep" }, label);
    keep.dataset.open = "keep";
    keep.disabled = Boolean(found.problem);
    return h("div", { className: "open-buttons" }, keep);
  }

  function chosen() {
    const value = (id) => (element(id) ? element(id).value : "");
    const columns = {};
    Object.keys(WORDS).forEach((word) => {
      const column = value(`open-column-${word}`);
      if (column) {
        columns[word] = column;
      }
    });
    return {
      title: value("open-name"),
      file: value("open-which"),
      sheet: value("open-sheet"),
      form: value("open-form"),
      metric: said.has("open-metric") ? value("open-metric") : "",
      sides: said.has("open-rows") ? value("open-rows") : "",
      repeats: said.has("open-repeats") ? value("open-repeats") : "",
      zero: value("open-zero"),
      one: value("open-one"),
      seen,
      columns,
    };
  }

  async function lookAgain(event) {
    const changed = event ? event.target.id : "";
    seen = false;
    if (["open-metric", "open-rows", "open-repeats"].includes(changed)) {
      said.add(changed);
    } else if (["open-which", "open-sheet", "open-column-score"].includes(changed)) {
      said.delete("open-metric");
    }
    const now = chosen();
    const word = changed.replace("open-column-", "");
    Object.keys(now.columns)  // what was chosen last has its column to itself
      .filter((other) => other !== word && now.columns[other] === now.columns[word])
      .forEach((other) => delete now.columns[other]);
    if (["open-form", "open-which", "open-sheet"].includes(changed)) {
      said.delete("open-rows");
      said.delete("open-repeats");
      now.sides = "";
      now.repeats = "";
      now.columns = {};  // of another form, file or sheet
      now.form = changed === "open-form" ? now.form : "";
      now.sheet = changed === "open-which" ? "" : now.sheet;
    }
    if (["open-which", "open-sheet"].includes(changed)) {
      now.zero = "";
      now.one = "";
    }
    show(await post(`/uploads/${draft}/look`, now));
  }

  async function keep() {
    element("open-keep").disabled = true;
    const answer = await post(`/uploads/${draft}/keep`, chosen());
    if (answer && answer.study) {
      window.location.assign(`?study=${encodeURIComponent(answer.study)}&tab=transfer`);
    } else if (answer && answer.draft) {
      seen = Boolean(answer.warnings);
      show(answer);
      if (seen) {
        const count = answer.warnings.length === 1 ? "one thing" : `${answer.warnings.length} things`;
        say(element("open-status").textContent, `Not opened yet: ${count} to look at, below.`);
        element("open-keep").focus();
      }
    } else if (answer) {
      say("", answer.problem);
      element("open-keep").disabled = false;
    }
  }

  function listKept(kept) {
    element("open-kept").replaceChildren(
      ...(kept.length
        ? [
            h("h3", {}, "Opened here before"),
            h("ul", { className: "open-list" }, ...kept.map(keptLine)),
          ]
        : []),
    );
  }

  function keptLine({ study, title }) {
    const link = h("a", { href: `?study=${encodeURIComponent(study)}` }, title);
    const button = (label, text, onclick) =>
      h("button", { type: "button", className: "tool", "aria-label": label, onclick }, text);
    const first = button(`Remove ${title}`, "Remove", () => {
      // *Keep* comes where *Remove* was: a second press there removes nothing.
      const keep = button(`Keep ${title}`, "Keep", () => {
        line.replaceChildren(link, first);
        first.focus();
      });
      const last = button(`Remove ${title} for good`, "Remove for good", () => remove(study));
      line.replaceChildren(link, h("span", { className: "tools" }, last, keep));
      keep.focus();
    });
    const line = h("li", {}, link, first);
    return line;
  }

  // The Study list is asked for with the next dispatch; until then it holds what was removed.
  function unlist(study) {
    const options = [...element("study").options]
      .filter(({ value }) => value && value !== study)  // without one it is the empty place's
      .map(({ value, label }) => ({ value, label }));
    window.dash_clientside.set_props("study", { options });
  }

  async function remove(study) {
    const answer = await post(`/uploads/${encodeURIComponent(study)}/remove`);
    if (!answer) {
      return;
    }
    if (!answer.kept) {
      say("", answer.problem);
      return;
    }
    const shown = window.atlasNavigation && window.atlasNavigation.shown();
    if (shown && shown.study === study) {
      window.location.assign("?");
      return;
    }
    unlist(study);
    listKept(answer.kept);
    say("Removed.");
    element("open-title").focus();
  }

  document.addEventListener("pointerdown", () => {
    released = new Promise((up) => { letGo = up; });
  }, true);
  ["pointerup", "pointercancel"].forEach((ends) => {
    // Behind the click that comes of it.
    document.addEventListener(ends, () => window.setTimeout(letGo), true);
  });
  document.addEventListener("click", (event) => {
    const target = event.target.closest("#open-file, [data-open]");
    if (!target) {
      return;
    }
    if (target.id === "open-file" || target.dataset.open === "again") {
      open();
    } else if (target.dataset.open === "choose") {
      picker.click();
    } else if (target.dataset.open === "close") {
      dialog().close();
    } else {
      keep();
    }
  });
  picker.addEventListener("change", () => {
    take(picker.files);
    picker.value = "";
  });

  // Escape closes the dialog and lets nothing go behind it.
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.key === "Escape" && dialog() && dialog().open) {
        event.stopPropagation();
      }
    },
    true,
  );

  const holdsFiles = (event) =>
    dialog() && event.dataTransfer && [...event.dataTransfer.types].includes("Files");
  const over = (on) => document.documentElement.toggleAttribute("data-drop", on);
  document.addEventListener("dragover", (event) => {
    if (holdsFiles(event)) {
      event.preventDefault();
      over(true);
    }
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) {
      over(false);
    }
  });
  document.addEventListener("drop", async (event) => {
    if (!holdsFiles(event)) {
      return;
    }
    event.preventDefault();
    over(false);
    const files = [...event.dataTransfer.files];
    await open();
    take(files);
  });
})();
