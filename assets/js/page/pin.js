// Pin: puts a figure as it is shown on a board, with a note. The server draws it again from the
// address; see dashboard/boards/.
(function () {
  let dialog = null;
  let card = "";
  let asked = 0;

  const { made, ask, post } = window.atlasDom;
  const part = (name) => dialog.querySelector(`#pin-${name}`);

  function build() {
    const close = made("button", { type: "button", class: "panel-close", "aria-label": "Close" }, "×");
    close.addEventListener("click", () => dialog.close());
    const field = (name, label, control) =>
      made("div", { class: "open-field", id: `pin-${name}-field` }, made("label", { for: `pin-${name}` }, label), control);
    const control = (tag, name, more) =>
      made(tag, { id: `pin-${name}`, class: tag === "select" ? "form-select form-select-sm" : "form-control", ...more });
    const form = made("form", { id: "pin-form" },
      field("board", "Board", control("select", "board", {})),
      field("title", "Title of the new board", control("input", "title", { type: "text", maxlength: "120" })),
      field("note", "Note, in Markdown", control("textarea", "note", { rows: "4", maxlength: "4000" })),
      made("button", { type: "submit", class: "tool" }, "Pin the figure"));
    dialog = made("dialog", { id: "pin-dialog", class: "open-dialog pin-dialog", "aria-labelledby": "pin-head" },
      made("div", { class: "open-head" }, made("h2", { id: "pin-head", tabindex: "-1" }, "Pin to a board"), close),
      made("p", { class: "quiet", id: "pin-what" }),
      made("p", { id: "pin-status", class: "open-status", role: "status" }),
      made("p", { id: "pin-problem", class: "notice notice-alarm", role: "alert", hidden: true }),
      form);
    document.body.append(dialog);
    part("board").addEventListener("change", titled);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      pin();
    });
    // Escape closes the dialog and lets nothing go behind it.
    dialog.addEventListener("keydown", (event) => event.stopPropagation());
  }

  function titled() {
    const fresh = part("board").value === "";
    part("title-field").hidden = !fresh;
    part("title").required = fresh;
  }

  function say(status, problem) {
    part("status").replaceChildren(...[status].flat());
    part("problem").textContent = problem;
    part("problem").hidden = !problem;
  }

  async function open(button) {
    if (!dialog) {
      build();
    }
    const shown = button.closest(".card-figure");
    card = button.dataset.pin;
    asked += 1;
    const mine = asked;
    part("what").textContent = shown?.querySelector(".finding")?.textContent || "";
    part("note").value = "";
    part("title").value = "";
    part("form").hidden = true;
    say("", "");
    dialog.showModal();
    part("head").focus();
    const answer = await ask("boards.json");
    if (mine !== asked) {
      return;
    }
    say("", answer.problem || "");
    part("form").hidden = Boolean(answer.problem);
    part("board").replaceChildren(
      ...(answer.boards || []).map(({ id, title }) => made("option", { value: id }, title)),
      made("option", { value: "" }, "A new board"),
    );
    titled();
    (part("board").value ? part("note") : part("title")).focus();
  }

  async function pin() {
    say("Pinning …", "");
    const query = {};
    for (const [key, value] of window.atlasNavigation.query({ digest: window.atlasNavigation.digest() })) {
      query[key] = [...(query[key] || []), value];
    }
    const value = (name) => part(name).value;
    const answer = await post("boards/pin", {
      card, query, board: value("board"), title: value("title"), note: value("note"),
    });
    if (answer.problem) {
      say("", answer.problem);
      return;
    }
    part("form").hidden = true;
    const link = made("a", { href: `boards/${answer.board}` }, "Open the board");
    say(["It is pinned. ", link], "");
    link.focus();
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-pin]");
    if (button) {
      open(button);
    }
  });
})();
