// Help: a word's explanation beside it, the whole list in a drawer, first steps beside what they
// speak of.
(function () {
  const EDGE = 8;
  const GAP = 6;
  const STEPS_DONE = "transfer-atlas-steps";
  const tell = (id, props) => window.dash_clientside.set_props(id, props);
  let words = {}; // key -> {word, text}, on the scale of the study
  let note = null; // what explains a word
  let beside = null; // the word it stands beside
  let around = ""; // the name of what that is in
  let asker = null; // what opened the drawer

  const isOpen = (element) => Boolean(element) && element.matches(":popover-open");

  // A word's explanation below it, else above; inside the window. A step at the right of its
  // subject, else above or below, else as low as it can, where it covers no sentence and no tab;
  // where there is no such place, it covers at least not the first sentence.
  function place(element, anchor) {
    const at = anchor.getBoundingClientRect();
    const { width, height } = element.getBoundingClientRect();
    const below = at.bottom + GAP;
    const above = at.top - GAP - height;
    let left = Math.min(Math.max(EDGE, at.left - GAP), window.innerWidth - width - EDGE);
    let top = below + height + EDGE <= window.innerHeight || above < EDGE ? below : above;
    if (element === steps()) {
      const boxes = (selectors) => [...document.querySelectorAll(selectors)]
        .map((one) => one.getBoundingClientRect()).filter((one) => one.height && one.bottom > 0);
      const edges = boxes(".bar, .sheet-buttons");
      const told = boxes("#workspace .page:not([hidden]) :is(.finding, .hint, .study-head)");
      const [first] = boxes("#workspace .page:not([hidden]) .finding");
      const free = (spared) => ([x, y]) => x >= 0 && y >= 0 && x + width <= window.innerWidth
        && y + height <= window.innerHeight
        && spared.every((one) => x >= one.right || x + width <= one.left || y >= one.bottom || y + height <= one.top);
      const corner = [window.innerWidth - width - EDGE, window.innerHeight - height - EDGE];
      const places = [[at.right + GAP, Math.max(EDGE, at.top)], [left, above], [left, below]];
      for (let y = corner[1]; y >= EDGE; y -= EDGE) {
        places.push([corner[0], y]);
      }
      [left, top] = places.find(free([...edges, ...told]))
        || places.find(free([...edges, ...(first ? [first] : [])])) || corner;
    }
    element.style.left = `${Math.max(EDGE, left)}px`;
    element.style.top = `${Math.max(EDGE, Math.min(top, window.innerHeight - height - EDGE))}px`;
  }

  function show(element, anchor) {
    element.setAttribute("popover", "manual");
    if (!isOpen(element)) {
      element.showPopover();
    }
    place(element, anchor);
    if (!keeping) {
      keep();
    }
  }

  // Both are placed anew in each frame: cards that come later move what they stand beside, and a
  // finding that takes a second line comes to lie under a step, of which no size of the page tells.
  let keeping = false;
  function keep() {
    keeping = Boolean(beside) || step >= 0;
    if (!keeping) {
      return;
    }
    if (beside) {
      keepWord();
    }
    const anchor = step >= 0 && isOpen(steps()) && seen(stepTexts()[step].dataset.beside);
    if (anchor) {
      place(steps(), anchor);
    }
    window.requestAnimationFrame(keep);
  }

  // What is written anew may have the word again; where it has not, or on another tab, the explanation
  // goes with it.
  function keepWord() {
    beside = beside.isConnected ? beside
      : document.getElementById(around)?.querySelector(`[data-help="${beside.dataset.help}"]`);
    if (beside?.getClientRects().length) {
      place(note, beside);
    } else {
      close();
    }
  }

  // -- a word ------------------------------------------------------------------------------------

  function made() {
    note = document.createElement("div");
    note.id = "explanation";
    note.className = "beside";
    note.tabIndex = -1;
    note.setAttribute("role", "dialog");
    note.setAttribute("aria-labelledby", "explanation-word");
    document.body.append(note);
  }

  function explain(word) {
    const known = words[word.dataset.help];
    if (!known) {
      return;
    }
    if (!note) {
      made();
    }
    const title = document.createElement("h2");
    title.id = "explanation-word";
    title.textContent = known.word;
    const all = document.createElement("button");
    all.type = "button";
    all.className = "take";
    all.textContent = "All words";
    all.dataset.glossary = word.dataset.help;
    note.replaceChildren(
      title,
      ...known.text.map((text) => {
        const paragraph = document.createElement("p");
        paragraph.textContent = text;
        return paragraph;
      }),
      all,
    );
    beside = word;
    around = word.closest("[id]")?.id;
    show(note, word);
    note.scrollTop = 0;
    note.focus();
  }

  function close({ back = false } = {}) {
    if (isOpen(note)) {
      note.hidePopover();
      if (back && beside?.isConnected) {
        beside.focus();
      }
    }
    beside = null;
  }

  // The words as the server says them: sections of a heading and paragraphs.
  // body: one component that has them all as elements, dashboard/ui/fixed.py.
  function explanations(body) {
    const said = (child) => child.props.children;
    words = Object.fromEntries(
      (body?.props.tree || []).map(({ props: { id, children: [word, ...text] } }) => [
        id.replace(/^help-/, ""),
        { word: said(word), text: text.map(said) },
      ]),
    );
  }

  // -- the whole list ----------------------------------------------------------------------------

  function list(key) {
    tell("help", { is_open: true });
    const find = (tries) => {
      const entry = document.getElementById(`help-${key}`);
      if (!entry) {
        if (tries) {
          window.setTimeout(() => find(tries - 1), 50);
        }
        return;
      }
      document.querySelectorAll(".help-entry.is-asked").forEach((e) => e.classList.remove("is-asked"));
      entry.classList.add("is-asked");
      entry.scrollIntoView({ block: "start" });
      entry.focus({ preventScroll: true });
    };
    find(600);
  }

  // The focus goes back when the list is gone, and only where nobody has taken it meanwhile.
  const CLOSES_MS = 30000;
  function giveBack(word, until) {
    window.requestAnimationFrame(() => {
      if (document.querySelector(".offcanvas") && performance.now() < until) {
        giveBack(word, until);
      } else if (!document.activeElement || document.activeElement === document.body) {
        word.focus();
      }
    });
  }

  // -- first steps -------------------------------------------------------------------------------

  const steps = () => document.getElementById("first-steps");
  const stepTexts = () => [...steps().querySelectorAll("[data-beside]")];
  let step = -1;

  function seen(selectors) {
    for (const selector of selectors.split("; ")) {
      const found = [...document.querySelectorAll(selector)].find((element) => {
        const { width, height, top, bottom } = element.getBoundingClientRect();
        return element.checkVisibility({ visibilityProperty: true }) && width && height
          && bottom > 0 && top < window.innerHeight;
      });
      if (found) {
        return found;
      }
    }
    return null;
  }

  // The next step whose subject can be seen; after the last one that is all.
  function go(from) {
    const texts = stepTexts();
    step = texts.findIndex((text, at) => at >= from && seen(text.dataset.beside));
    if (step < 0) {
      finish();
      return;
    }
    texts.forEach((text, at) => { text.hidden = at !== step; });
    const there = texts.filter((text) => seen(text.dataset.beside));
    const last = there.at(-1) === texts[step];
    texts[step].querySelector(".quiet").textContent = ` · ${there.indexOf(texts[step]) + 1} of ${there.length}`;
    steps().hidden = false;
    steps().querySelector("[data-steps=next]").textContent = last ? "Done" : "Next";
    steps().querySelector("[data-steps=skip]").hidden = last;
    show(steps(), seen(texts[step].dataset.beside));
  }

  function finish() {
    step = -1;
    if (isOpen(steps())) {
      steps().hidePopover();
    }
    try {
      window.localStorage.setItem(STEPS_DONE, "done");
    } catch {
      // They come again with the next page, then.
    }
  }

  function again() {
    tell("help", { is_open: false });
    const start = (until) => window.requestAnimationFrame(() => {
      if (document.querySelector(".offcanvas") && performance.now() < until) {
        start(until);
      } else {
        go(0);
        steps().querySelector("[data-steps=next]").focus();
      }
    });
    start(performance.now() + CLOSES_MS);
  }

  const OVER = ".offcanvas, .modal, dialog[open], [popover]:popover-open:not(#first-steps)";
  const BEGINS = ["pointerdown", "keydown", "wheel"];

  // A newcomer is shown them once the first figure's finding stands, and by the way: not whom a
  // link has brought to something, nor who has begun to do something.
  function welcome() {
    if (new URLSearchParams(window.location.search).has("tab")) {
      return;
    }
    try {
      if (window.localStorage.getItem(STEPS_DONE)) {
        return;
      }
    } catch {
      return;
    }
    const wait = window.setInterval(() => {
      const finding = document.querySelector("#workspace .page:not([hidden]) .finding:not(:empty)");
      if (finding && window.atlasStanding.stands() && !document.querySelector(OVER)) {
        leave();
        go(0);
      }
    }, 300);
    const leave = () => {
      window.clearInterval(wait);
      BEGINS.forEach((does) => document.removeEventListener(does, leave, true));
    };
    BEGINS.forEach((does) => document.addEventListener(does, leave, true));
  }
  welcome();

  // ----------------------------------------------------------------------------------------------

  // What is opened lies above a step, which would speak from behind it.
  document.addEventListener("toggle", (event) => {
    if (event.target.matches("dialog[open]") && isOpen(steps())) {
      steps().hidePopover();
    }
  }, true);

  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-help], [data-glossary], [data-steps]");
    if (target?.dataset.help) {
      event.preventDefault();
      const same = target === beside;
      close();
      if (!same) {
        explain(target);
      }
    } else if (target?.dataset.glossary) {
      asker = beside || target;
      close();
      list(target.dataset.glossary);
    } else if (target) {
      ({ next: () => go(step + 1), skip: finish, again })[target.dataset.steps]();
    } else if (!event.target.closest("#explanation")) {
      close();
    }
  });

  window.addEventListener(
    "keydown",
    (event) => {
      if (isOpen(note) && event.key === "Tab" && note.contains(document.activeElement)) {
        const leaves = event.shiftKey
          ? document.activeElement === note
          : document.activeElement === note.lastChild;
        if (leaves) {
          // The key goes on from the word.
          close({ back: true });
        }
      }
      if (event.key !== "Escape") {
        return;
      }
      if (isOpen(note)) {
        close({ back: true });
      } else if (step >= 0 && steps().contains(document.activeElement)) {
        finish();
      } else {
        if (document.querySelector(".offcanvas.help.show") && asker) {
          giveBack(asker, performance.now() + CLOSES_MS);
        }
        return;
      }
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    true,
  );

  window.dash_clientside = Object.assign({}, window.dash_clientside);
  window.dash_clientside.atlas = Object.assign({}, window.dash_clientside.atlas, { explanations });
})();
