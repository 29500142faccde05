// Lists of ticks of any length: a thousand tasks are a thousand words in a store, of which only
// those in sight are drawn. See dashboard/ui/controls.py; tick-lines.js says what stands where.
(function () {
  const MORE = 8; // lines drawn beyond what is in sight
  const DRAWN_AT_ONCE = 80;
  const SEARCHED_FROM = 13;
  const LONG_FROM = 9;
  const lists = new Map(); // control -> what it offers, has ticked, and where it is drawn
  const { made } = window.atlasDom;
  const { found, linesOf, ticked, inSight, movedTo } = window.atlasTickLines;

  // The list knows it at once: Dash holds `follow` back while an answer is under way, and the next
  // tick is one more.
  function choose(list, changed, on) {
    const value = ticked(list.options, list.value, changed, on);
    stand(list, value);
    show(list);
    window.dash_clientside.set_props(list.control, { data: value });
  }

  const stand = (list, value) => Object.assign(list, { value, chosen: new Set(value) });

  function tick(list, key, values, words, title) {
    const id = `${list.control}-tick-${key}`;
    const input = made("input", { type: "checkbox", className: "form-check-input", id });
    input.addEventListener("change", () => choose(list, values, input.checked));
    const label = made("label", { className: "form-check-label", htmlFor: id, title }, ...words);
    return { input, values, element: made("div", { className: "form-check" }, input, label) };
  }

  function lineOf(list, at) {
    const { group, members, options = [] } = list.lines[at];
    const ticks = group
      ? [tick(list, `group-${at}`, members, [group, words("option-hint", String(members.length))], group)]
      : options.map((option) => {
        const { value, label, short, hint, reason } = option;
        const one = tick(list, list.places.get(value), [value], [
          short || label, words("option-hint", hint), words("option-reason", reason)], `${label} ${hint || ""}`);
        one.input.value = String(value);
        return one;
      });
    const element = made("div", { className: group ? "ticks-line ticks-group" : "ticks-line" },
      ...ticks.map((one) => one.element));
    element.classList.toggle("ticks-reasons", options.some(({ reason }) => reason));
    element.style.setProperty("--columns", group ? 1 : list.columns);
    return { element, ticks };
  }

  const words = (className, text) => (text ? made("span", { className }, ` ${text}`) : null);

  function show(list) {
    for (const { ticks } of list.drawn.values()) {
      ticks.forEach(({ input, values }) => {
        const on = values.filter((value) => list.chosen.has(value)).length;
        input.checked = on === values.length;
        input.indeterminate = on > 0 && on < values.length;
      });
    }
  }

  function draw(list) {
    const { lines, drawn, scroller } = list;
    const all = lines.length <= DRAWN_AT_ONCE;
    const [first, end] = all
      ? [0, lines.length]
      : inSight(scroller.scrollTop, scroller.clientHeight, list.height, lines.length, MORE);
    for (const [at, { element }] of drawn) {
      // What has the focus stays: the keyboard goes on from there.
      if ((at < first || at >= end) && !element.contains(document.activeElement)) {
        element.remove();
        drawn.delete(at);
      }
    }
    for (let at = first; at < end; at += 1) {
      drawLine(list, at, all);
    }
    show(list);
  }

  function drawLine(list, at, all) {
    const { drawn, body, height } = list;
    if (!drawn.has(at)) {
      const made = lineOf(list, at);
      drawn.set(at, made);
      if (!all) {
        made.element.style.top = `${at * height}px`;
      }
      const next = [...body.children].find((other) => Number(other.dataset.at) > at);
      made.element.dataset.at = at;
      body.insertBefore(made.element, next || null);
    }
  }

  // Arrows, Home and End lead to every tick of the list, also where its line is not drawn yet: the
  // browser scrolls to what gets the focus, and what is around that is drawn then.
  function move(list, event) {
    const from = [...list.drawn].map(([at, { ticks }]) => (
      [at, ticks.findIndex(({ input }) => input === event.target)])).find(([, place]) => place >= 0);
    const held = event.ctrlKey || event.altKey || event.metaKey || event.shiftKey;
    const to = from && !held && movedTo(list.lines, from, event.key);
    if (to) {
      event.preventDefault();
      drawLine(list, to[0], list.lines.length <= DRAWN_AT_ONCE);
      show(list);
      list.drawn.get(to[0]).ticks[to[1]].input.focus();
    }
  }

  // Fingers need higher lines: the style sheet says how high.
  const heightOf = (list) => parseFloat(window.getComputedStyle(list.place).getPropertyValue("--tick"));

  function lay(list) {
    const shown = found(list.options, list.search.value);
    Object.assign(list, linesOf(shown), { drawn: new Map() });
    list.body.replaceChildren();
    list.height = heightOf(list);
    const all = list.lines.length <= DRAWN_AT_ONCE;
    list.body.classList.toggle("ticks-virtual", !all);
    list.body.style.height = all ? "" : `${list.lines.length * list.height}px`;
    list.none.hidden = shown.length > 0 || !list.options.length;
    draw(list);
  }

  function build(control) {
    const place = document.querySelector(`[data-ticks="${control}"]`);
    const search = made("input", {
      type: "search", className: "form-control form-control-sm ticks-search",
      id: `${control}-search`, placeholder: "Find",
    });
    search.setAttribute("aria-label", `Find in ${control}`);
    const body = made("div");
    const none = made("p", { className: "quiet", hidden: true }, "None of that name.");
    // The manifest leaves them out: All of the list above does, too, and has to say so.
    const apart = made("p", { className: "quiet ticks-apart", hidden: true }, "Not ticked by All:");
    const scroller = made("div", { className: "ticks-scroll" }, body);
    const list = {
      control, place, search, body, none, apart, scroller, options: [], value: [], chosen: new Set(),
      lines: [], drawn: new Map(), places: new Map(), offered: "",
    };
    place.replaceChildren(apart, none, scroller);
    search.addEventListener("input", () => {
      scroller.scrollTop = 0;
      lay(list);
    });
    let waiting = false;
    const again = () => {
      if (!waiting && list.lines.length > DRAWN_AT_ONCE) {
        waiting = true;
        window.requestAnimationFrame(() => {
          waiting = false;
          // A window may have become narrow.
          (list.height === heightOf(list) ? draw : lay)(list);
        });
      }
    };
    scroller.addEventListener("keydown", (event) => move(list, event));
    scroller.addEventListener("scroll", again, { passive: true });
    new ResizeObserver(again).observe(scroller);
    lists.set(control, list);
    return list;
  }

  // What the stores of a list hold: what it offers, and what of that is ticked.
  function follow(options, value) {
    const [stored] = Object.keys(window.dash_clientside.callback_context.inputs).filter(
      (name) => !name.endsWith("-offered.data"));
    const control = stored.replace(/\.data$/, "");
    const list = lists.get(control) || build(control);
    stand(list, value || []);
    const offered = JSON.stringify(options || []);
    if (list.offered === offered) {
      show(list);
      return;
    }
    Object.assign(list, { offered, options: options || [] });
    list.places = new Map(list.options.map((option, at) => [option.value, at]));
    if (list.options.length < SEARCHED_FROM) {
      list.search.value = "";
      list.search.remove();
    } else {
      list.place.prepend(list.search);
    }
    [list.place, document.getElementById(`group-${control}`)].forEach(
      (place) => place?.toggleAttribute("data-long", list.options.length >= LONG_FROM));
    list.place.toggleAttribute("data-empty", !list.options.length);
    list.apart.hidden = !list.options.some(({ reason }) => reason);
    lay(list);
    if (list.options.length) {
      window.atlasStanding.offered();
    }
  }

  // All or none: of a list that is searched, of what was found.
  function every(control, on) {
    const list = lists.get(control);
    if (list) {
      choose(list, found(list.options, list.search.value).map(({ value }) => value), on);
    }
  }

  window.atlasTicks = { every };
  window.dash_clientside = Object.assign({}, window.dash_clientside);
  window.dash_clientside.atlas = Object.assign({}, window.dash_clientside.atlas, { ticks: follow });
})();
