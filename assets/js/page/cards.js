// Cards: asked for, written and drawn here. They are callbacks like any other for the server; in the
// browser they keep out of Dash's store, each action of which all components on the page look at,
// and plotly is told of a figure the moment it has come. See dashboard/ui/card.py and page.py.
(function () {
  const CALLBACKS = "_dash-update-component";
  const LATE_MS = 300;
  const FORESEE_MS = 150;
  const KEPT_CHARACTERS = 24e6; // of answers, in all: those of a thousand tasks are large
  const groups = new Map(); // store -> { input, data, question, written, study: whose answer stands }
  const answers = new Map(); // question -> text; what was used last stands last
  const waiting = new Map(); // gd -> a figure that is drawn when it can be seen
  const unknown = new Set(); // questions that the server had no answer to in memory
  const UNKNOWN = 500;
  const versions = new Map(); // study -> the version of its files that was asked for last
  let plan = null;
  let size = 0;
  let era = 0; // how often all answers were forgotten
  let foreseen = 0;
  let under = 0;
  let leaving = 0; // the timer of `leave`

  const element = (id) => document.getElementById(id);

  // -- questions and answers ------------------------------------------------------------------------

  // As Dash would ask: the server knows no difference.
  function questionOf({ store, cards, opener }, data) {
    const outputs = cards.flatMap((card) => plan.cardParts.map(([part, property]) => (
      { id: `${card}-${part}`, property })));
    const inputs = [{ id: store, property: "data", value: data },
      ...(opener ? [{ id: opener, property: "data", value: true }] : [])];
    return JSON.stringify({
      output: `..${outputs.map(({ id, property }) => `${id}.${property}`).join("...")}..`,
      outputs, inputs, changedPropIds: [`${store}.data`],
    });
  }

  function keep(question, text) {
    if (text.length > KEPT_CHARACTERS) {
      return;
    }
    size += text.length - (answers.get(question) || "").length;
    answers.set(question, text);
    for (const [oldest, { length }] of answers) {
      if (size <= KEPT_CHARACTERS) {
        break;
      }
      answers.delete(oldest);
      size -= length;
    }
  }

  function kept(question) {
    const text = answers.get(question);
    if (text !== undefined) {
      answers.delete(question);
      answers.set(question, text);
    }
    return text;
  }

  const request = (question, headers) => ({
    method: "POST",
    credentials: "same-origin",
    headers: { Accept: "application/json", "Content-Type": "application/json", ...headers },
    body: question,
  });

  function forget() {
    answers.clear();
    unknown.clear();
    size = 0;
    era += 1;
  }

  // The text of the answer; "" where the server says that nothing changes. Throws the sentence that
  // the server refuses with, or "".
  async function answerTo(question) {
    const begun = era;
    const answer = await window.fetch(CALLBACKS, request(question));
    if (answer.status === 204) {
      return "";
    }
    const text = await answer.text();
    if (!answer.ok) {
      const isSentence = answer.headers.get("Content-Type")?.startsWith("text/plain");
      throw new Error(isSentence ? text.trim() : "");
    }
    // What begins a job or tells of a failure is another answer the next time: the server says so.
    if (begun === era && !(answer.headers.get("Cache-Control") || "").includes("no-store")) {
      keep(question, text);
    }
    return text;
  }

  // Who only looks at what was opened is sent nothing else.
  const somebody = new Promise((does) => {
    ["pointermove", "pointerdown", "keydown"].forEach((kind) => {
      document.addEventListener(kind, does, { once: true, capture: true, passive: true });
    });
  });

  // What may be asked for next, [input, data] each: the answers that the server has in memory come
  // when nobody waits for anything; nothing is computed for it. Dropped by the next of it.
  async function foresee(known, likely) {
    plan = known;
    foreseen += 1;
    const mine = foreseen;
    await somebody;
    // Not every browser tells when it has nothing else to do.
    const idle = window.requestIdleCallback || window.setTimeout;
    window.setTimeout(() => idle(async () => {
      for (const [input, data] of likely) {
        const question = questionOf(input, data);
        if (mine !== foreseen) {
          return;
        }
        if (!answers.has(question) && !unknown.has(question)) {
          await foreseeOne(question);
        }
      }
    }), FORESEE_MS);
  }

  async function foreseeOne(question) {
    const begun = era;
    if (unknown.size >= UNKNOWN) {
      unknown.clear();
    }
    unknown.add(question);
    try {
      // Once, without patience: it was not asked for.
      const answer = await window.atlasRequests.patiently(
        CALLBACKS, request(question, { "Atlas-Foreseen": "1" }), []);
      if (answer.status === 200 && window.atlasRequests.isJson(answer)) {
        const text = await answer.text();
        if (begun === era) {
          unknown.delete(question);
          keep(question, text);
        }
      }
    } catch {
      // Then it is asked for when it is wanted.
    }
  }

  const isOpen = ({ opener }) => !opener
    || Boolean(document.querySelector(`details[open][data-opens="${opener}"]`));

  async function ask(group) {
    const { input, data } = group;
    if (!data || !isOpen(input)) {
      return;
    }
    const question = questionOf(input, data);
    if (group.question === question) {
      return;
    }
    group.question = question;
    const there = kept(question);
    const study = studyOf(data);
    if (there !== undefined) {
      answered(group, study, there);
      return;
    }
    under += 1;
    group.awaits = question;
    if (group.study !== undefined && group.study !== study) {
      of(group, false);
    }
    const timer = window.setTimeout(() => group.question === question && late(input, true), LATE_MS);
    let text = "";
    try {
      text = await answerTo(question);
    } catch (fault) {
      if (group.question === question) {
        group.question = null;
        instead(group, fault.message);
      }
    }
    under -= 1;
    window.clearTimeout(timer);
    if (group.question === question) {
      answered(group, study, text);
    } else if (!group.question) {
      answered(group, study, "");
    }
  }

  function answered(group, study, text) {
    group.awaits = null;
    group.study = study;
    late(group.input, false);
    of(group, true);
    if (text) {
      write(group, text);
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

  // -- texts ----------------------------------------------------------------------------------------

  const NAMES = { className: "class", htmlFor: "for", tabIndex: "tabindex", colSpan: "colspan", rowSpan: "rowspan" };
  const KNOWN = /^(?:id|class|title|type|role|hidden|open|scope|start|alt|for|tabindex|colspan|rowspan|(?:aria|data)-[a-z-]+)$/;
  const said = new WeakMap(); // an element -> what the server said of it; others say more

  function attributes(place, props) {
    const before = said.get(place) || {};
    said.set(place, props);
    for (const name of new Set([...Object.keys(before), ...Object.keys(props)])) {
      const attribute = NAMES[name] || name;
      const value = props[name];
      if (!KNOWN.test(attribute) || before[name] === value) {
        continue;
      }
      if (value === undefined || value === null || value === false) {
        place.removeAttribute(attribute);
      } else {
        place.setAttribute(attribute, value === true ? "" : value);
      }
    }
  }

  // Components as elements, in place of what stood there: what stays the same element keeps what a
  // person did to it (opened, focused). Text is text, whatever stands in it.
  function fill(place, children) {
    const wanted = [children].flat(Infinity).filter(
      (one) => one !== null && one !== undefined && one !== "" && typeof one !== "boolean");
    wanted.forEach((one, at) => {
      const there = place.childNodes[at];
      if (typeof one !== "object") {
        if (there && there.nodeType === Node.TEXT_NODE) {
          if (there.data !== String(one)) {
            there.data = String(one);
          }
          return;
        }
        put(place, there, document.createTextNode(String(one)));
        return;
      }
      const tag = one.type.toLowerCase();
      const stays = there && there.localName === tag && said.has(there);
      const made = stays ? there : document.createElement(tag);
      const { children: inside, ...props } = one.props;
      attributes(made, props);
      // What is fetched fills its place itself.
      if (!("data-fetched" in props)) {
        fill(made, inside);
      }
      if (!stays) {
        put(place, there, made);
      }
    });
    while (place.childNodes.length > wanted.length) {
      place.lastChild.remove();
    }
  }

  const put = (place, there, made) => (there ? there.replaceWith(made) : place.append(made));

  // -- figures --------------------------------------------------------------------------------------

  const canBeSeen = (gd) => gd.getClientRects().length > 0;
  const inSight = (gd) => {
    const { top, bottom } = gd.getBoundingClientRect();
    return bottom > 0 && top < window.innerHeight;
  };

  function draw(gd) {
    const figure = waiting.get(gd);
    waiting.delete(gd);
    window.Plotly.react(gd, { ...figure, config: plan.figureConfig });
  }

  let later = false;

  // The first figure in sight at once; then the others, those in sight first, each in a turn of its
  // own, so that what stands is painted meanwhile.
  function drawAll() {
    if (!later) {
      drawNext();
    }
  }

  function drawNext() {
    const seen = [...waiting.keys()].filter(canBeSeen);
    later = seen.length > 1;
    if (later) {
      window.setTimeout(drawNext);
    }
    if (seen.length) {
      draw(seen.find(inSight) || seen[0]);
    }
  }

  // A figure without a size of its own has its frame's.
  const resized = new ResizeObserver((entries) => entries.forEach(({ target }) => {
    const { layout, _fullLayout: drawn } = target;
    if (drawn && layout.autosize !== false && !(layout.width && layout.height) && canBeSeen(target)
        && (Math.abs(drawn.width - target.clientWidth) > 1 || Math.abs(drawn.height - target.clientHeight) > 1)) {
      window.Plotly.Plots.resize(target);
    }
  }));

  // -- cards ----------------------------------------------------------------------------------------

  function furnish(card) {
    const place = element(`${card}-card`);
    if (place.firstChild) {
      return;
    }
    fill(place, JSON.parse(JSON.stringify(plan.cardInside).replaceAll("CARD", card)));
    if (place.matches(".card-sized")) {
      const frame = element(`${card}-frame`);
      frame.classList.add("figure-frame-scrolls");
      frame.tabIndex = 0;
    }
    resized.observe(element(`${card}-graph`).firstElementChild);
  }

  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  function write(group, text) {
    const { response, sideUpdate } = JSON.parse(text);
    // Of what the answer says nothing stays as it is: the program failed on it, and says so elsewhere.
    for (const card of group.input.cards.filter((one) => response[`${one}-card`])) {
      const part = (name) => response[`${card}-${name}`] || {};
      const told = group.written[card] || (group.written[card] = {});
      for (const name of ["finding", "above", "caption", "message"]) {
        const { children } = part(name);
        if (!same(told[name], children)) {
          told[name] = children;
          fill(element(`${card}-${name}`), children);
        }
      }
      const { figure, style } = part("graph");
      if (style) {
        Object.assign(element(`${card}-graph`).style, style);
      }
      element(`${card}-frame`).hidden = part("frame").hidden;
      element(`${card}-card`).hidden = part("card").hidden;
      if (figure) {
        waiting.set(element(`${card}-graph`).firstElementChild, figure);
      }
    }
    window.atlasStyleFacts.ofCards(group.input.cards);
    drawAll();
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
    const [study] = data.query.study || [""];
    if (versions.has(study) && versions.get(study) !== data.version) {
      // What was asked for before the page knew of other files may be an answer about those.
      forget();
    }
    versions.set(study, data.version);
    const group = groups.get(input.store) || { input, question: null, written: {} };
    groups.set(input.store, Object.assign(group, { data }));
    input.cards.forEach(furnish);
    ask(group);
  }

  // A page or a fold was opened: what was drawn for it meanwhile can be seen.
  function reveal() {
    window.clearTimeout(leaving);
    groups.forEach((group) => group.awaits || of(group, true));
    drawAll();
  }

  // After a job: the same questions have other answers. times: how many jobs there have been.
  function again(times) {
    forget();
    groups.forEach((group) => {
      group.data = { ...group.data, after: times };
      ask(group);
    });
  }

  document.addEventListener("toggle", () => {
    groups.forEach((group) => group.input.opener && ask(group));
    drawAll();
  }, true);

  window.atlasCards = { follow, foresee, leave, reveal, again, busy: () => under > 0 || later };
})();
