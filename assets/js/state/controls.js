// The address is the state: controls and figures follow it from here and nowhere else. url-query.js
// says how it is written. See dashboard/ui/url_sync.py.
(function () {
  const FORESEEN_METHODS = 4;
  const REST_MS = 60;
  const ASKING_MS = 60000;  // an answer that takes longer failed, or is lost
  const now = {
    started: false,
    unread: false,      // somebody went to another address, which `gather` has not seen yet
    left: null,         // what the controls stood at when they did; null where it is read
    reading: false,     // it was seen, and what the controls stand at there has not come yet
    plan: null,         // the controls and the pages, as the server knows them
    query: {},          // the query of the address
    asked: "",          // what `arrange` was last asked, as JSON
    askedAt: 0,         // and when; 0 where the answer has come
    askedStudy: null,   // the study it was asked to change to; null where it was another question
    offers: null,       // the study whose methods, seeds and tasks the controls offer
    state: null,        // its last answer that was still wanted
    mode: null,         // the colours chosen; null where nobody chose
    options: {},        // what lists offer of which all or nothing can be ticked
    seen: {},           // the values of the controls, as `gather` last had them
    stood: {},          // the same when `arrange` was last asked: what differs was chosen since
    ahead: {},          // those of them that were chosen and that Dash is told of when they are drawn
    kept: null,         // the method chosen, and the one some tabs show for it; null where none is
    replaces: false,    // the next change of the address is a correction, not a step
    tab: null,
    jobs: undefined,    // how many ended in this tab: the same questions have other answers then
  };

  const skip = () => window.dash_clientside.no_update;
  const tell = (id, props) => window.dash_clientside.set_props(id, props);

  const here = () => window.location.search + window.location.hash;

  // when: told what to do, does it in its time.
  function ask(query, from, when = (does) => does()) {
    const asked = JSON.stringify(query);
    Object.assign(now, {
      asked, askedAt: Date.now(), askedStudy: from === "study" ? query.study[0] : null, stood: now.seen,
      reading: false });
    when(() => {
      if (now.asked === asked) {
        tell("state", { data: { query, from, kept: now.kept && now.kept.chosen } });
      }
    });
  }

  // A step in the history, with what the address does not say.
  function write(address, how = "pushState") {
    window.history[how]({ kept: now.kept }, "", address);
  }

  // As if the address had been typed with these changes (key -> values): a step in the history.
  function step(changes) {
    const shown = window.atlasQuery.fromAddress(here());
    // Of another study nothing of the rest is taken along.
    const query = changes.study ? changes
      : { ...(changes.tab ? withKept(shown, changes.tab[0]) : shown), ...changes };
    now.kept = changes.study ? null : now.kept;
    write(window.atlasQuery.toAddress(query));
  }

  // A tab that can draw the method that was chosen draws it again.
  function withKept(query, tab) {
    const page = now.plan.pages[tab];
    return now.kept && page && !page.singleSources && query.method?.[0] === now.kept.shown
      ? { ...query, method: [now.kept.chosen] }
      : query;
  }

  // The query of these controls, which stand at this; query: that of the address before.
  function compose(at, query = now.query, controls = now.plan.controls) {
    const { suits, leftOut } = now.state || {};
    const known = { query, suits, leftOut, noComparison: now.plan.noComparison };
    return Object.fromEntries(controls.map((field) => (
      [field.key, window.atlasQuery.write(at[field.id], field, now.options[field.id], known)])));
  }

  // What a callback is told of a query.
  function told({ keys }, query, mode, { version } = now.state) {
    const part = Object.fromEntries(keys.filter((key) => query[key]).map((key) => [key, query[key]]));
    // Changed files are another question, whatever the address says.
    return { query: part, mode, version };
  }

  function updateFigureInputs(plan, tab, query, mode, state = now.state) {
    for (const input of plan.pages[tab].figureInputs) {
      const { store, cards } = input;
      const data = told(input, query, mode, state);
      if (cards) {
        window.atlasCards.follow(plan, input, data);
      } else if (now.state) { // Dash is told when it knows what the controls offer
        window.atlasTold.tell(store, { ...data, after: now.jobs }, inOpenTab);
      }
    }
  }

  const inOpenTab = (store) => now.plan.pages[now.tab]?.figureInputs.some((input) => input.store === store);

  // What may be chosen next: another method here, or another tab.
  function foresee(plan, tab, query, mode) {
    const inputsOf = (page) => page.figureInputs.filter(({ cards, opener }) => cards && !opener);
    const methods = [...document.querySelectorAll("#method option:enabled")]
      .map(({ value }) => value).filter((method) => method !== query.method?.[0]).slice(0, FORESEEN_METHODS);
    const here = methods.flatMap((method) => inputsOf(plan.pages[tab]).map(
      (input) => [input, told(input, { ...query, method: [method] }, mode)]));
    const there = Object.entries(plan.pages).filter(([name]) => name !== tab).flatMap(
      ([name, page]) => inputsOf(page).map((input) => [input, told(input, withKept(query, name), mode)]));
    window.atlasCards.foresee(plan, here, there);
  }

  function showTab(plan, tab, { study, unreadable }) {
    const shown = unreadable ? null : tab;
    document.title = `${plan.pages[tab].title} · ${study} · Transfer Atlas`;
    // Also where nothing can be shown a tab is chosen: the keyboard goes on from there.
    if (now.tab === shown && now.chosen === tab) {
      return;
    }
    now.tab = shown;
    now.chosen = tab;
    window.atlasFigures.expect(null);
    window.atlasTabs.show(plan.pages, shown, tab);
  }

  // A tab with its figures, and the panel of what is selected. state: the answer of `arrange`, or what
  // the head of the page was told before there is one.
  function show(plan, tab, query, selection, mode, state = now.state) {
    const { version, unreadable } = state;
    showTab(plan, tab, state);
    const select = window.atlasSelection.follow(unreadable ? [] : selection);
    window.atlasPanel.follow(plan, unreadable ? null : { ...query, select }, mode, version);
    if (!unreadable) {
      window.atlasFetched.follow(plan.pages[tab].fetched, query, mode, version);
      updateFigureInputs(plan, tab, query, mode, state);
    }
  }

  // Figures first, here too: what the head of the page asked for is drawn before Dash knows what the
  // controls offer.
  async function open(plan, mode) {
    const opening = await window.atlasOpening.shown(here(), mode);
    if (!opening || now.state || now.unread) { // the answer to `ask` was sooner
      return;
    }
    const { tab, query } = opening;
    document.getElementById("problems").hidden = true;
    // The slider over checkpoints has its place before it is there.
    document.documentElement.toggleAttribute("data-slides", opening.slides);
    show(plan, tab, query, (query.select || []).filter(Boolean), mode, opening);
  }

  function gather(address, mode, plan, ...rest) {
    now.plan = plan;
    const triggered = window.dash_clientside.callback_context.triggered.map((t) => t.prop_id);
    const known = Object.fromEntries(plan.controls.map(({ id }, i) => [id, rest[i]]));
    forget((id) => triggered.some((prop) => prop.startsWith(`${id}.`)), known);
    const at = { ...known, ...now.ahead };
    const ofAll = plan.controls.filter(({ kind }) => kind === "chosen" || kind === "unticked");
    const options = Object.fromEntries(
      ofAll.map(({ id }, i) => [id, rest[plan.controls.length + i]]));
    now.options = options;
    now.mode = mode;
    if (!now.started || triggered.includes("address.data")) {
      now.started = true;
      now.unread = false;
      now.seen = at;
      now.kept = window.history.state?.kept || null;
      const chosen = chosenSince(now.left, at);
      now.left = null;
      if (chosen.study) {
        showStudy(at);
        return;
      }
      if (Object.keys(chosen).length) {
        step(chosen);
      }
      ask(window.atlasQuery.fromAddress(here()), "address");
      now.reading = true;
      open(plan, mode || window.atlasAppearance.mode());
      return;
    }
    moved(at);
  }

  // What somebody chose after they went to another address and before it is read is a step from that
  // one: the query of these controls. left: what they stood at then; where an answer moves one
  // meanwhile, that too. Who chose before that went away from it.
  function chosenSince(left, at) {
    const query = window.atlasQuery.fromAddress(here());
    const sameStudy = query.study?.[0] === at.study;
    return compose(at, query, !left ? [] : now.plan.controls.filter(({ id }) => (
      !window.atlasQuery.same([at[id]], [left[id]]) && (sameStudy || id === "study" || id === "tab"))));
  }

  // What Dash knows that the controls stand at, whether `gather` has had it yet or not.
  const standing = () => Object.fromEntries(now.plan.controls.map(
    ({ id, prop }) => [id, window.dash_component_api.getLayout(id).props[prop]]));

  // Another study has other methods, seeds and tasks: nothing of the rest is taken along.
  function showStudy(at) {
    now.kept = null;
    window.atlasCards.leave(at.study);
    ask({ study: [at.study], tab: [at.tab] }, "study");
  }

  // Controls stand at this: the address and what is drawn follow. Twice told is once done.
  function moved(at) {
    now.seen = at;
    const { plan, mode } = now;
    // The address is another one by now: it is read next, and not written over.
    if (!now.state || now.unread) {
      return;
    }
    const mixed = now.offers !== at.study || ![at.study, null].includes(now.askedStudy);
    if (at.study !== now.state.values.study || mixed) {
      // Also where the study before is chosen again before the other one's answer has come.
      showStudy(at);
      return;
    }
    const query = now.state.unreadable
      ? { ...now.state.query, study: [at.study], tab: [at.tab] }
      : withKept(compose(at), at.tab);
    const before = now.query;
    now.query = query;
    const written = window.atlasQuery.toAddress(query);
    if (written !== here()) {
      write(written, now.replaces ? "replaceState" : "pushState");
    }
    now.replaces = false;
    const shows = mode || window.atlasAppearance.mode();
    show(plan, at.tab, query, at.selection, shows);
    if (!now.state.unreadable) {
      window.atlasCards.reveal();
    }
    // Figures first, seen before Dash has its components look at what the other controls offer.
    const changed = (since) => window.atlasQuery.needsArranging(since, query, plan.controls);
    // Who comes back while another answer is under way has not the controls of that one.
    if (changed(before) && (changed(now.state.query) || now.askedAt)) {
      ask(query, "controls", window.atlasFigures.afterDrawn);
    }
    window.atlasOpening.end();
    if (!now.state.unreadable) {
      foresee(plan, at.tab, query, shows);
    }
  }

  // A tab or a list that was chosen is followed at once, not when Dash has gone through all that
  // waits; where something does, in its turn: what the others stand at in an address that is read has
  // to be known first. Whether it was.
  function movedByHand(id, value) {
    const free = !now.reading && !window.atlasTold.waits("requested", "prioritized", "executing", "blocked");
    if (id in now.ahead) {
      now.ahead[id] = value;
    }
    const follows = Boolean(now.state) && !now.unread && free && id !== "study" && now.seen[id] !== value;
    if (follows) {
      moved({ ...now.seen, [id]: value });
    }
    return follows;
  }

  // Dash has all components look at what was chosen: when that is drawn.
  function tellLater(id, value, does) {
    const first = !(id in now.ahead);
    now.ahead[id] = value;
    if (first) {
      window.atlasFigures.afterDrawn(() => {
        if (id in now.ahead) {
          const chosen = now.ahead[id];
          delete now.ahead[id];
          does(chosen);
        }
      });
    }
  }

  // What Dash was told meanwhile is newer, and so is another address. known: what Dash knows.
  function forget(isOlder, known) {
    for (const id of Object.keys(now.ahead).filter(isOlder)) {
      delete now.ahead[id];
      const list = document.getElementById(id);
      if (list?.matches("select")) {
        list.value = known[id];
      }
    }
  }

  const handed = new WeakSet(); // events that Dash has waited for

  document.addEventListener("change", (event) => {
    const { target } = event;
    const listed = target.matches("select") && now.plan?.controls.some(({ id }) => id === target.id);
    if (listed && !handed.has(event) && movedByHand(target.id, target.value)) {
      event.stopPropagation();
      tellLater(target.id, target.value, (chosen) => {
        // React has the list stand at what Dash knows where it is drawn anew.
        if ([...target.options].some(({ value }) => value === chosen)) {
          target.value = chosen;
        }
        const again = new Event("change", { bubbles: true });
        handed.add(again);
        target.dispatchEvent(again);
      });
    }
  }, true);

  // The scale that the help speaks of, and the value of every control.
  function apply(state, ...current) {
    const nothing = [skip(), ...current.map(skip)];
    // What they offer has come with any answer, also one that is not wanted any more.
    now.offers = state ? state.values.study : now.offers;
    if (!state || JSON.stringify(state.for) !== now.asked) {
      return nothing;
    }
    now.askedAt = 0;
    now.askedStudy = null;
    now.reading = false;
    const before = now.state;
    const study = now.plan.controls.findIndex(({ id }) => id === "study");
    if (before && current[study] !== now.seen.study) {
      // Another study was chosen while this answer was under way: `gather` asks for that one next.
      return nothing;
    }
    now.state = state;
    now.kept = state.kept ? { chosen: state.kept, shown: state.values.method } : null;
    // Where the files have changed meanwhile, every figure is drawn again, not one of them.
    const whole = state.from !== "controls" || before.version !== state.version;
    if (whole) {
      // What the address kept besides, such as ticks of another tab, was of the question before.
      now.query = state.query;
    }
    const same = !whole || state.from !== "study" && before?.values.study === state.values.study;
    let unseen = false;
    const values = now.plan.controls.map(({ id }, i) => {
      if (!(id in state.values)) {
        return skip();
      }
      const value = state.values[id];
      // What was chosen since the question is newer than the answer, whether `gather` has had it yet
      // or Dash holds it back. Of another study nothing can have been chosen before its controls are
      // there, but a tab, and what is selected in the figures of the first address.
      const held = same || id === "tab" || id === "selection" && !before;
      const newer = held && (id in now.ahead || !window.atlasQuery.same(current[i], now.stood[id]));
      unseen ||= newer && !(id in now.ahead) && !window.atlasQuery.same(current[i], now.seen[id]);
      const keep = !whole && (id === "selection" || window.atlasQuery.same(value, current[i]));
      return newer || keep ? skip() : value;
    });
    if (values.some((value) => value !== skip())) {
      // What was chosen and has not been followed yet is a step, with what else there is to correct.
      now.replaces = state.from !== "study" && !unseen;
    }
    now.plan.controls.forEach(({ id }, i) => {
      if (now.left && values[i] !== skip()) {
        now.left[id] = values[i];
      }
    });
    // What the words mean depends on the scale.
    return [state.scale === before?.scale ? skip() : state.scale, ...values];
  }

  // What is shown, and how to show the same from the files as they are; the query of the address.
  window.atlasNavigation = {
    query: (more) => {
      const asked = new URLSearchParams();
      const query = { ...window.atlasQuery.fromAddress(here()), ...more };
      Object.entries(query).forEach(([key, values]) => (
        [values].flat().forEach((value) => asked.append(key, value))));
      return asked;
    },
    shown: () => now.state && {
      study: now.state.values.study,
      version: now.state.version,
      unreadable: now.state.unreadable,
      asking: Date.now() - now.askedAt < ASKING_MS,
    },
    // What it was drawn from, as links and names of files have it; "" where nothing is.
    digest: () => (now.state && !now.state.unreadable ? now.state.version : "").slice(0, 12),
    again: () => ask(now.query, "address"),
    // What a callback of Dash's was told has an answer, also where it was told beforehand.
    answered: (store) => window.atlasTold.answered(store),
    // Tabs that are not shown are told when they are.
    afterJobs: (times) => {
      now.jobs = times;
      if (now.tab !== null && now.state) {
        updateFigureInputs(now.plan, now.tab, now.query, now.mode || window.atlasAppearance.mode());
      }
    },
    // A step in the history, read like any other.
    go: (changes) => {
      step(changes);
      readAddress();
    },
  };

  let steps = 0;
  function readAddress() {
    steps += 1;
    now.unread = true;
    now.left = now.plan && standing();
    forget(() => true, now.left);
    tell("address", { data: steps });
  }
  window.addEventListener("popstate", readAddress);

  document.addEventListener("click", (event) => {
    const jump = event.target.closest("a[href^='#']");
    if (jump) {
      // Behind `#` a part of the state may stand: the link leads there without writing it.
      event.preventDefault();
      document.getElementById(jump.hash.slice(1)).focus();
    }
    const { tab } = event.target.closest("[data-tab]")?.dataset || {};
    if (tab) {
      const chosen = (data) => tell("tab", { data });
      if (movedByHand("tab", tab)) {
        tellLater("tab", tab, chosen);
      } else {
        chosen(tab);
      }
    }
    const every = event.target.closest("[data-every]");
    if (every) {
      window.atlasTicks.every(every.dataset.control, every.dataset.every === "all");
    }
  });

  // Who rests on a tab most likely opens it: it is made ready meanwhile, and its script comes.
  let resting = 0;
  ["pointerover", "focusin"].forEach((kind) => {
    document.addEventListener(kind, ({ target }) => {
      window.clearTimeout(resting);
      const tab = target.closest?.("[data-tab]")?.dataset.tab;
      if (tab && now.plan && !window.atlasCards.sparing()) {
        window.atlasTabs.fetchScript(now.plan.pages[tab]);
        resting = window.setTimeout(expect, REST_MS, tab);
      }
    }, { passive: true });
  });

  function expect(tab) {
    const page = now.plan.pages[tab];
    if (now.tab === null || tab === now.tab || !now.state) {
      return;
    }
    const query = withKept(now.query, tab);
    const mode = now.mode || window.atlasAppearance.mode();
    const own = page.figureInputs.filter(({ cards }) => !cards);
    window.atlasFigures.expect(document.getElementById(page.panel), own.length > 0);
    window.atlasFetched.expect(page.fetched);
    window.atlasCards.expect(now.plan, page.figureInputs.filter(({ cards, opener }) => cards && !opener)
      .map((input) => [input, told(input, query, mode)]));
    own.forEach((input) => window.atlasTold.tell(
      input.store, { ...told(input, query, mode), after: now.jobs }, null));
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside);
  window.dash_clientside.atlas = Object.assign({}, window.dash_clientside.atlas, { gather, apply });
})();
