// Cards: asked for and written here. They are callbacks like any other for the server; in the browser
// they keep out of Dash's store, each action of which all components on the page look at. What they
// are told is in answers.js, how it becomes elements in elements.js, and plotly is told of a figure
// the moment it has come (figures.js). See dashboard/ui/card.py and page.py.
(function () {
  const LATE_MS = 300;
  const FORESEE_MS = 150;
  // Characters or bytes of an answer that is drawn before anybody points at its tab: larger ones take long.
  const LIKELY = 200e3;
  const LEAST_MEMORY = 4; // GB of a device that draws what nobody has asked for
  // store -> { input, data, question, turn: how often it was asked, written, study: whose answer stands }
  const groups = new Map();
  const versions = new Map(); // study -> the version of its files that was asked for last
  let plan = null;
  let foreseen = 0;
  let under = 0;
  let leaving = 0; // the timer of `leave`

  const element = (id) => document.getElementById(id);
  const questionOf = (input, data) => window.atlasAnswers.questionOf(plan.cardParts, input, data);

  // -- what is asked for next -----------------------------------------------------------------------

  // Who only looks at what was opened is sent nothing else.
  const somebody = new Promise((does) => {
    ["pointermove", "pointerdown", "keydown"].forEach((kind) => {
      document.addEventListener(kind, does, { once: true, capture: true, passive: true });
    });
  });

  // What may be asked for next, [input, data] each: the answers that the server has in memory come
  // when nobody waits for anything; nothing is computed for it. Dropped by the next of it. tabs: of
  // those, what the other tabs show then; it is written and drawn before they are opened.
  async function foresee(known, likely, tabs) {
    plan = known;
    foreseen += 1;
    const mine = foreseen;
    await somebody;
    window.setTimeout(() => window.atlasDom.whenIdle(async () => {
      for (const [input, data] of [...likely, ...tabs]) {
        if (mine !== foreseen) {
          return;
        }
        await window.atlasAnswers.foresee(questionOf(input, data));
      }
      for (const [input, data] of sparing() ? [] : tabs) {
        await new Promise(window.atlasDom.whenIdle);
        if (mine !== foreseen) {
          return;
        }
        prepare(input, data, LIKELY);
      }
    }), FORESEE_MS);
  }

  // Somebody rests on a tab, [input, data] each of what it shows: it comes before what is only likely,
  // however large. Who opens it would wait for as much.
  function expect(known, expected) {
    plan = known;
    const mine = foreseen;
    expected.forEach(async ([input, data]) => {
      await window.atlasAnswers.foresee(questionOf(input, data), "expected");
      if (mine === foreseen) {
        prepare(input, data);
      }
    });
  }

  const sparing = () => Boolean(window.navigator.connection?.saveData)
    || (window.navigator.deviceMemory || LEAST_MEMORY) < LEAST_MEMORY;

  // The cards of a tab that is not shown, as far as the answer is here and is not longer than that. What it has to tell others of, such as a job that it needs, it tells when its tab is
  // opened.
  function prepare(input, data, most = Infinity) {
    const question = questionOf(input, data);
    const group = groupOf(input);
    const there = isShown(input) || group.question === question
      ? undefined : window.atlasAnswers.kept(question);
    const answer = there && there.length <= most && there.told();
    if (answer && !Object.keys(answer.sideUpdate || {}).length) {
      input.cards.forEach(furnish);
      Object.assign(group, { data, question, turn: group.turn + 1 });
      answered(group, studyOf(data), answer);
      window.atlasFigures.drawAhead();
    }
  }

  // -- questions and answers ------------------------------------------------------------------------

  function groupOf(input) {
    const group = groups.get(input.store) || { input, question: null, turn: 0, written: {} };
    groups.set(input.store, group);
    return group;
  }

  const isShown = ({ cards }) => !element(`${cards[0]}-card`).closest(".page[hidden]");

  const isOpen = ({ opener }) => !opener
    || Boolean(document.querySelector(`details[open][data-opens="${opener}"]`));

  async function ask(group) {
    const { input, data } = group;
    if (!data || !isOpen(input) || !isShown(input)) {
      return;
    }
    const question = questionOf(input, data);
    if (group.question === question) {
      return;
    }
    const turn = group.turn + 1;
    Object.assign(group, { question, turn });
    const there = window.atlasAnswers.kept(question);
    const study = studyOf(data);
    if (there !== undefined) {
      answered(group, study, there.told());
      return;
    }
    under += 1;
    group.awaits = question;
    if (group.study !== undefined && group.study !== study) {
      of(group, false);
    }
    const timer = window.setTimeout(() => group.turn === turn && late(input, true), LATE_MS);
    let read = null;
    try {
      read = await window.atlasAnswers.answerTo(question);
    } catch (fault) {
      if (group.turn === turn) {
        group.question = null;
        instead(group, fault.message);
      }
    }
    under -= 1;
    window.clearTimeout(timer);
    if (group.turn === turn) {
      answered(group, study, read && read.told());
    }
  }

  // answer: null where nothing changes.
  function answered(group, study, answer) {
    group.awaits = null;
    group.study = study;
    late(group.input, false);
    of(group, true);
    if (answer) {
      write(group, answer);
    }
  }

  const studyOf = ({ query }) => (query.study || [""])[0];

  // Whether what stands in the cards is of the study that is chosen: nobody takes the findings of
  // one for those of another.
  function of({ input }, chosen) {
    input.cards.forEach((card) => element(`${card}-card`).toggleAttribute("data-elsewhere", !chosen));
    late(input, !chosen);
  }

  // Another study was chosen, and the server is asked what there is in it. What was asked of that
  // study before is most likely kept, and here before anybody could look.
  function leave(study) {
    window.clearTimeout(leaving);
    leaving = window.setTimeout(
      () => groups.forEach((group) => group.study !== undefined && of(group, group.study === study)),
      versions.has(study) ? LATE_MS : 0,
    );
  }

  function late({ cards }, on) {
    for (const card of cards) {
      const place = element(`${card}-frame`)?.parentElement;
      if (!place || place.hasAttribute("aria-busy") === on) {
        continue;
      }
      place.toggleAttribute("aria-busy", on);
      place.querySelector(":scope > .loading-note")?.remove();
      if (on) {
        place.setAttribute("aria-busy", "true");
        const { loads } = element(`${card}-card`).dataset;
        const note = window.atlasDom.made("div", { className: "loading-note" }, `Loading ${loads} …`);
        note.setAttribute("role", "status");
        place.append(note);
      }
    }
  }

  // -- cards ----------------------------------------------------------------------------------------

  function furnish(card) {
    const place = element(`${card}-card`);
    if (place.firstChild) {
      return;
    }
    window.atlasElements.fill(place, JSON.parse(JSON.stringify(plan.cardInside).replaceAll("CARD", card)));
    if (place.matches(".card-sized")) {
      const frame = element(`${card}-frame`);
      frame.classList.add("figure-frame-scrolls");
      frame.tabIndex = 0;
    }
    window.atlasFigures.follow(element(`${card}-graph`).firstElementChild);
  }

  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  function write(group, { response, sideUpdate }) {
    const beforehand = !isShown(group.input);
    // Of what the answer says nothing stays as it is: the program failed on it, and says so elsewhere.
    for (const card of group.input.cards.filter((one) => response[`${one}-card`])) {
      const part = (name) => response[`${card}-${name}`] || {};
      const told = group.written[card] || (group.written[card] = {});
      for (const name of ["finding", "above", "caption", "message"]) {
        const { children } = part(name);
        if (!same(told[name], children)) {
          told[name] = children;
          window.atlasElements.fill(element(`${card}-${name}`), children);
        }
      }
      const { figure, style } = part("graph");
      // A matrix that was fitted to the window keeps its place (fit-matrices.js): only its cells may
      // be drawn anew.
      if (style && !same(told.style, style)) {
        told.style = style;
        Object.assign(element(`${card}-graph`).style, style);
      }
      element(`${card}-frame`).hidden = part("frame").hidden;
      element(`${card}-card`).hidden = part("card").hidden;
      if (figure) {
        element(`${card}-frame`).toggleAttribute("data-square", Boolean(figure.layout?.meta?.square));
        window.atlasFigures.wait(
          element(`${card}-graph`).firstElementChild, figure, plan.figureConfig, beforehand);
      }
    }
    window.atlasStyleFacts.ofCards(group.input.cards);
    window.atlasFigures.drawAll();
    Object.entries(sideUpdate || {}).forEach(
      ([id, props]) => window.dash_clientside.set_props(id, props));
  }

  // What stands in place of an answer that is none. refusal: what the server said, or "".
  function instead(group, refusal) {
    const [first, ...others] = group.input.cards;
    group.written = {};
    element(`${first}-frame`).hidden = true;
    element(`${first}-card`).hidden = false;
    others.forEach((card) => { element(`${card}-card`).hidden = true; });
    // Nothing of the question before stands above it.
    ["finding", "above", "caption"].forEach((name) => element(`${first}-${name}`).replaceChildren());
    element(`${first}-message`).replaceChildren(
      window.atlasFetched.unanswered(() => ask(group), refusal));
    window.atlasStyleFacts.ofCards(group.input.cards);
  }

  // input: one of the plan's, with cards; data: what its callback is told.
  function follow(known, input, data) {
    plan = known;
    const study = studyOf(data);
    if (versions.has(study) && versions.get(study) !== data.version) {
      // What was asked for before the page knew of other files may be an answer about those.
      window.atlasAnswers.forget();
    }
    versions.set(study, data.version);
    const group = Object.assign(groupOf(input), { data });
    input.cards.forEach(furnish);
    ask(group);
  }

  // A page or a fold was opened: what was drawn for it meanwhile can be seen.
  function reveal() {
    window.clearTimeout(leaving);
    groups.forEach((group) => {
      if (!group.awaits) {
        of(group, true);
      }
      ask(group);
    });
    window.atlasFigures.drawAll();
  }

  // After a job: the same questions have other answers. Tabs that are not shown ask when they are.
  function again() {
    window.atlasAnswers.forget();
    groups.forEach((group) => {
      Object.assign(group, { question: null, turn: group.turn + 1 });
      ask(group);
    });
  }

  document.addEventListener("toggle", () => {
    groups.forEach((group) => group.input.opener && ask(group));
    window.atlasFigures.drawAll();
  }, true);

  window.atlasCards = {
    follow, foresee, expect, sparing, leave, reveal, again,
    busy: () => under > 0 || window.atlasFigures.busy(),
  };
})();
