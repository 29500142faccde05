// Go to: a box that finds tasks, groups, pairs, methods, tabs, boards and studies by their
// names. The server searches, see dashboard/ui/bar/destinations.py; names are text here, never markup.
(function () {
  const LATE_MS = 80;
  let dialog = null;
  let box = null;
  let list = null;
  let status = null;
  let found = [];
  let at = 0;
  let asked = 0;
  let waits = 0;
  let under = null; // the request under way

  const { made } = window.atlasDom;

  function build() {
    box = made("input", {
      id: "go-to-box", type: "text", class: "form-control", role: "combobox", autocomplete: "off",
      spellcheck: false, maxlength: "200", placeholder: "Task, pair (angle > compass), method, tab …",
      "aria-label": "Go to", "aria-expanded": "true", "aria-controls": "go-to-list",
      "aria-autocomplete": "list",
    });
    list = made("ul", { id: "go-to-list", class: "go-to-list", role: "listbox", "aria-label": "Found" });
    status = made("p", { class: "go-to-status", role: "status" });
    dialog = made("dialog", { id: "go-to-dialog", class: "go-to-dialog", "aria-label": "Go to" }, box, list, status);
    document.body.append(dialog);
    box.addEventListener("input", () => {
      window.clearTimeout(waits);
      waits = window.setTimeout(ask, LATE_MS);
    });
    dialog.addEventListener("keydown", keys);
    dialog.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) {
        go([...list.children].indexOf(option));
      } else if (event.target === dialog) {
        dialog.close();
      }
    });
  }

  function open() {
    if (!dialog) {
      build();
    }
    if (dialog.open || document.querySelector("dialog[open], [popover]:popover-open[role=dialog]:not(.beside)")) {
      return;
    }
    box.value = "";
    show([], "");
    dialog.showModal();
    box.focus();
    ask();
  }

  async function ask() {
    window.clearTimeout(waits);
    waits = 0;
    asked += 1;
    const mine = asked;
    const typed = box.value;
    under = (async () => {
      let answer = null;
      try {
        const query = window.atlasNavigation.query({ typed });
        const response = await window.atlasRequests.patiently(`go-to?${query}`, { credentials: "same-origin" });
        answer = response.ok ? (await response.json()).found : null;
      } catch {
        answer = null;
      }
      if (mine !== asked) {
        return;
      }
      const said = answer === null ? "The server does not answer." : answer.length ? "" : "Nothing of that name.";
      show(answer || [], said);
    })();
    await under;
  }

  function show(all, said) {
    found = all;
    list.replaceChildren(...all.map(({ kind, title, note }, i) => made(
      "li", { id: `go-to-${i}`, class: "go-to-option", role: "option", "aria-selected": "false" },
      made("span", { class: "go-to-title" }, title),
      made("span", { class: "go-to-note" }, note),
      made("span", { class: "go-to-kind" }, kind),
    )));
    list.hidden = !all.length;
    status.textContent = said;
    mark(0);
  }

  function mark(i) {
    at = i;
    [...list.children].forEach((option, k) => option.setAttribute("aria-selected", String(k === i)));
    const option = list.children[i];
    if (option) {
      box.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else {
      box.removeAttribute("aria-activedescendant");
    }
  }

  function go(i) {
    const chosen = found[i];
    if (!chosen) {
      return;
    }
    dialog.close();
    if (chosen.href) {
      window.location.assign(chosen.href);
    } else {
      window.atlasNavigation.go(chosen.query);
    }
  }

  async function keys(event) {
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    // What lies below is not to be let go, folded or enlarged.
    event.stopPropagation();
    if (event.isComposing) {
      return;
    }
    if (steps[event.key] && found.length) {
      event.preventDefault();
      mark((at + steps[event.key] + found.length) % found.length);
    } else if (event.key === "Enter") {
      event.preventDefault();
      // Of what has been typed, not of what was found before.
      if (waits) {
        ask();
      }
      const mine = box.value;
      await under;
      if (dialog.open && box.value === mine) {
        go(at);
      }
    } else if (event.key === "Tab") {
      // The box is the one place to be.
      event.preventDefault();
    }
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("#go-to")) {
      open();
    }
  });

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open();
    }
  }, true);
})();
