// The selection: clicks on whatever can be selected, and how it looks wherever it is drawn. What a
// figure has to say for that stands in dashboard/figures/parts/selection.py.
(function () {
  const CLICK_PIXELS = 4;
  const ADDRESS_AFTER_MS = 250;
  const tell = (id, props) => window.dash_clientside.set_props(id, props);
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  const ACTUAL = "actual";
  let current = [];
  // Which number of a pair was clicked: the panel begins with it. Only matrices have several.
  let number = ACTUAL;
  let pending = false;

  // -- what is selected --------------------------------------------------------------------------

  // from: the figure or the element in which it was selected, unless that was in the panel.
  function choose(next, which = null, from = null) {
    // A second click on the same lets go; another number of the same pair does not.
    const again = same(next, current) && (which === null || which === number);
    restore(again ? [] : [...next, ...(next.length === 2 && which ? [which] : [])], from);
  }

  // selection: as the address has it.
  function restore(selection, from = null) {
    // Before anything is drawn, so that the page need not be laid out for it once more.
    window.atlasHeld.hold(from);
    show(selection);
    pending = true;
    // What is seen comes first: the mark, the panel, then the address and who depends on it.
    const told = window.atlasPanel.select(state());
    told.then(window.atlasHeld.keepInSight);
    const late = new Promise((resolve) => window.setTimeout(resolve, ADDRESS_AFTER_MS));
    Promise.race([told, late]).then(() => {
      window.requestAnimationFrame(() => window.setTimeout(write, 0));
    });
  }

  // Where the pointer is, as a click there would select it.
  function foresee(next, which) {
    const other = next?.length === 2 && which && which !== ACTUAL ? [which] : [];
    window.atlasPanel.foresee(next && [...next, ...other]);
  }

  // As the address has it.
  const state = () => (number === ACTUAL ? current : [...current, number]);

  function write() {
    pending = false;
    tell("selection", { data: state() });
  }

  // The selection as the state has it; one that is on its way there comes before it.
  function follow(selection) {
    if (!pending) {
      show(selection);
    }
    return state();
  }

  function show(selection) {
    const before = current;
    current = (selection || []).slice(0, 2);
    number = (selection || [])[2] || ACTUAL;
    document.documentElement.setAttribute("data-selected", current.length ? "on" : "off");
    if (!same(before, current)) {
      if (!current.length) {
        giveBackFocus();
      }
      paint();
    }
  }

  function paint() {
    // Who can be seen is asked of all before any is drawn on.
    const plots = [...document.querySelectorAll("#workspace .js-plotly-plot")];
    plots.filter(markable).forEach(draw);
    plots.forEach(watch);
    markElements();
    document.dispatchEvent(new CustomEvent("atlas:selection", { detail: current }));
  }

  // -- tables and lists ----------------------------------------------------------------------------

  const SELECTING = "[data-select]";

  function selectionOf(element) {
    try {
      const value = JSON.parse(element.dataset.select);
      return Array.isArray(value) ? value : null;
    } catch {
      return null;
    }
  }

  function markElements(within = document) {
    within.querySelectorAll(SELECTING).forEach((element) => {
      const value = selectionOf(element);
      const on = value !== null && value.length > 0 && same(value, current);
      if (element.classList.contains("is-selected") !== on) {
        element.classList.toggle("is-selected", on);
      }
      if (element.tagName === "BUTTON" && value && value.length
        && element.getAttribute("aria-pressed") !== String(on)) {
        element.setAttribute("aria-pressed", String(on));
      }
    });
  }

  document.addEventListener("click", (event) => {
    const element = event.target.closest(SELECTING);
    const value = element && selectionOf(element);
    if (value && value.length) {
      choose(value, null, element);
    } else if (value) {
      letGo();
    }
  });

  function letGo() {
    if (current.length) {
      choose(current);
    }
  }

  // -- figures: what was clicked -------------------------------------------------------------------


  function metaOf(trace) {
    const meta = trace && trace.meta && trace.meta.selects;
    return meta && typeof meta === "object" ? meta : null;
  }

  function cellsOf(gd) {
    const trace = (gd._fullData || []).find((t) => t.type === "heatmap" && metaOf(t));
    return trace ? { ...metaOf(trace), x: trace.xaxis, y: trace.yaxis } : null;
  }

  // [what is selected, which number of it]
  function clicked(gd, point) {
    const meta = metaOf(point.fullData);
    if (meta && meta.points) {
      return [window.atlasSelects.named(point.customdata, meta.names || []), null];
    }
    const cells = cellsOf(gd);
    return cells ? [window.atlasSelects.cellAt(cells, point.x, point.y), cells.number || null] : [null, null];
  }

  // Labels of rows, columns and bars lie under plotly's own handles: they are found by place.
  function labelAt(gd, x, y) {
    for (const text of gd.querySelectorAll(".xtick text, .ytick text")) {
      const box = text.getBoundingClientRect();
      if (x >= box.left - 4 && x <= box.right + 4 && y >= box.top - 2 && y <= box.bottom + 2) {
        const data = text.__data__ || (text.parentNode && text.parentNode.__data__);
        return data ? { text, at: data.x, across: Boolean(text.closest(".xtick")) } : null;
      }
    }
    return null;
  }

  function labelled(gd, label) {
    const cells = cellsOf(gd);
    if (cells) {
      return window.atlasSelects.cellAt(cells, label.across ? label.at : null, label.across ? null : label.at);
    }
    const bars = drawnPoints(gd).find(
      (p) => p.bar && p.across === label.across && p.position === label.at,
    );
    return bars ? bars.selection : null;
  }

  let pressed = null;
  document.addEventListener(
    "pointerdown",
    (event) => {
      const gd = event.target.closest && event.target.closest(".js-plotly-plot");
      pressed = gd && event.isPrimary ? { gd, x: event.clientX, y: event.clientY } : null;
    },
    true,
  );
  document.addEventListener(
    "pointerup",
    (event) => {
      if (!pressed || !pressed.gd.isConnected) {
        return;
      }
      const { gd, x, y } = pressed;
      pressed = null;
      if (Math.hypot(event.clientX - x, event.clientY - y) <= CLICK_PIXELS) {
        const label = labelAt(gd, x, y);
        const found = label && labelled(gd, label);
        if (found) {
          choose(found, null, label.text);
        }
      }
    },
    true,
  );

  // -- figures: how a selection looks --------------------------------------------------------------

  // Points and bars that select, as they are drawn.
  function drawnPoints(gd) {
    const found = [];
    for (const points of gd.calcdata || []) {
      const trace = points[0] && points[0].trace;
      const meta = metaOf(trace);
      if (!meta || !meta.points || trace.visible !== true) {
        continue;
      }
      const data = trace.customdata || [];
      const bar = trace.type === "bar";
      const across = bar && trace.orientation !== "h";
      for (let i = 0; i < data.length; i += 1) {
        const selection = window.atlasSelects.named(data[i], meta.names || []);
        if (selection) {
          const drawn = bar ? points[i] : null;
          found.push({ trace, i, bar, across, drawn, position: drawn && drawn.p, selection });
        }
      }
    }
    return found;
  }

  // Marks are drawn over the figure, not in it: a shape of plotly's would have Dash draw the whole
  // figure again. Places are pixels of the figure; what is zoomed out of sight is not marked.
  const span = (axis, ends) => ends.map((end) => axis._offset + axis.c2p(end)).sort((a, b) => a - b);

  function rectangle(gd, [x, x0, x1], [y, y0, y1], exact) {
    const [xaxis, yaxis] = [axisOf(gd, x), axisOf(gd, y)];
    const [[left, right], [top, bottom]] = [span(xaxis, [x0, x1]), span(yaxis, [y0, y1])];
    const place = { x: left, y: top, width: right - left, height: bottom - top };
    const [cx, cy] = [(left + right) / 2, (top + bottom) / 2];
    return seenAt(xaxis, yaxis, cx, cy) ? { tag: "rect", place, exact } : null;
  }

  function ring(gd, { trace, i }, exact) {
    const [xaxis, yaxis] = [axisOf(gd, trace.xaxis), axisOf(gd, trace.yaxis)];
    const [cx, cy] = [xaxis._offset + xaxis.d2p(trace.x[i]), yaxis._offset + yaxis.d2p(trace.y[i])];
    const size = trace.marker && trace.marker.size;
    const r = (Array.isArray(size) ? size[i] : size || 6) / 2 + 4;
    return seenAt(xaxis, yaxis, cx, cy) ? { tag: "circle", place: { cx, cy, r }, exact } : null;
  }

  // plotly's axis of an id: xaxis2 is that of x2.
  const axisOf = (gd, id) => gd._fullLayout[`${id[0]}axis${id.slice(1)}`];

  function seenAt(xaxis, yaxis, x, y) {
    const inside = (axis, at) => at >= axis._offset - 1 && at <= axis._offset + axis._length + 1;
    return inside(xaxis, x) && inside(yaxis, y);
  }

  function around(gd, point, exact) {
    if (!point.bar) {
      return ring(gd, point, exact);
    }
    const { trace, drawn } = point;
    const along = [drawn.b, drawn.b + drawn.s];
    const beside = [drawn.p0, drawn.p1];
    const [x, y] = trace.orientation === "h" ? [along, beside] : [beside, along];
    return rectangle(gd, [trace.xaxis, ...x], [trace.yaxis, ...y], exact);
  }

  function box(gd, cells, [x0, x1], [y0, y1], exact) {
    const [x, y] = [[cells.x, x0 - 0.5, x1 + 0.5], [cells.y, y0 - 0.5, y1 + 0.5]];
    return rectangle(gd, x, y, exact);
  }

  function cellMarks(gd, cells) {
    const [source, target] = current;
    const { rows, columns } = cells;
    const row = rows.indexOf(source);
    if (current.length === 1) {
      const column = columns.indexOf(source);
      return [
        ...(row >= 0 ? [box(gd, cells, [0, columns.length - 1], [row, row], true)] : []),
        ...(column >= 0 ? [box(gd, cells, [column, column], [0, rows.length - 1], true)] : []),
      ];
    }
    const column = columns.indexOf(target);
    if (column < 0) {
      return [];
    }
    if (row >= 0) {
      return [box(gd, cells, [column, column], [row, row], true)];
    }
    // Not in this matrix: what it is made of, or what it is part of.
    return rows.flatMap((key, at) =>
      window.atlasSelects.related(current, [key, target]) ? [box(gd, cells, [column, column], [at, at], false)] : [],
    );
  }

  function marksOf(gd) {
    if (!current.length) {
      return [];
    }
    const cells = cellsOf(gd);
    if (cells) {
      return cellMarks(gd, cells);
    }
    const points = drawnPoints(gd);
    const exact = points.filter((point) => same(point.selection, current));
    if (exact.length) {
      return exact.map((point) => around(gd, point, true));
    }
    return points
      .filter((point) => window.atlasSelects.related(current, point.selection))
      .map((point) => around(gd, point, false));
  }

  const LAYER = ".svg-container > .selection-marks";
  const SVG = "http://www.w3.org/2000/svg";

  // Whether it can be seen is asked last, and without having the page laid out.
  const markable = (gd) => Boolean(gd._fullLayout && gd.querySelector(".svg-container")
    && (current.length || gd.querySelector(LAYER)) && gd.checkVisibility());

  function mark(gd) {
    watch(gd);
    if (markable(gd)) {
      draw(gd);
    }
  }

  function draw(gd) {
    let layer = gd.querySelector(LAYER);
    if (!layer) {
      layer = document.createElementNS(SVG, "svg");
      layer.setAttribute("class", "selection-marks");
      layer.setAttribute("aria-hidden", "true");
      gd.querySelector(".svg-container").append(layer);
    }
    const drawn = marksOf(gd).filter(Boolean).map(({ tag, place, exact }) => {
      const shape = document.createElementNS(SVG, tag);
      shape.setAttribute("class", exact ? "exact" : "related");
      Object.entries(place).forEach(([name, value]) => shape.setAttribute(name, value.toFixed(1)));
      return shape;
    });
    layer.replaceChildren(...drawn);
  }

  // -- figures that come, and tabs that are shown ---------------------------------------------------

  // Two clicks in one place show the whole figure again, as plotly has it: they select nothing. The
  // first of them did, before anybody could know of the second; that one is told after both.
  const beforeClick = new WeakMap();
  let clicksHere = 1;
  window.addEventListener("mouseup", (event) => { clicksHere = event.detail; }, true);

  const isSecond = (gd) => clicksHere > 1 && beforeClick.get(gd) === null;

  function undoClick(gd) {
    const before = beforeClick.get(gd);
    if (clicksHere > 1 && before) {
      beforeClick.set(gd, null);
      restore(before);
    }
  }

  // Plotly looks what is hovered 50 ms after the last look at the soonest. A look that comes due while
  // the button is down finds nothing, and the click that follows within 50 ms finds that: it was lost.
  // Where a button goes down none is due any more, and the click looks at once. Nothing else of
  // `unhover` is done, which this event can keep it from: labels would be drawn anew.
  let onlyForgets = false;
  document.addEventListener("pointerdown", (event) => {
    const gd = event.pointerType === "mouse" && event.target.closest?.(".js-plotly-plot");
    if (gd && watched.has(gd)) {
      onlyForgets = true;
      window.Plotly.Fx.unhover(gd, event);
      onlyForgets = false;
    }
  }, true);

  // Two quick clicks in two places are two clicks, which the browser knows and plotly does not ask: it
  // would show the whole figure again, and lose the second. Of fingers the browser does not tell.
  const FINGER_PX = 24;
  let tapped = [0, 0];

  function isFirst(event) {
    const gd = event.target.closest?.(".js-plotly-plot");
    if (gd) {
      gd._mouseDownTime = 0;
    }
  }

  document.addEventListener("mousedown", (event) => event.detail < 2 && isFirst(event), true);
  document.addEventListener("pointerdown", (event) => {
    if (event.pointerType !== "mouse") {
      const { clientX: x, clientY: y } = event;
      if (Math.hypot(x - tapped[0], y - tapped[1]) > FINGER_PX) {
        isFirst(event);
      }
      tapped = [x, y];
    }
  }, true);

  const watched = new WeakSet();
  const seen = new IntersectionObserver((entries) => {
    entries.filter((entry) => entry.isIntersecting).forEach((entry) => mark(entry.target));
  });

  function watch(gd) {
    if (watched.has(gd) || typeof gd.on !== "function") {
      return;
    }
    watched.add(gd);
    seen.observe(gd);
    gd.on("plotly_beforehover", () => !onlyForgets);
    gd.on("plotly_doubleclick", () => undoClick(gd));
    gd.on("plotly_click", (event) => {
      if (isSecond(gd)) {
        return;
      }
      beforeClick.set(gd, state());
      const point = event.points && event.points[0];
      const [found, which] = point ? clicked(gd, point) : [null, null];
      if (found) {
        choose(found, which, gd);
      }
    });
    gd.on("plotly_hover", ({ points, event }) => {
      const mouse = event?.pointerType !== "touch" && points?.[0];
      foresee(...(mouse ? clicked(gd, points[0]) : [null, null]));
    });
    gd.on("plotly_unhover", () => foresee(null, null));
    // What lies under the pointer may be another cell now.
    gd.on("plotly_relayout", () => foresee(null, null));
    // A new figure from the server, another size, another part in sight.
    const drawn = () => {
      const selects = (gd._fullData || []).some(metaOf);
      gd.classList.toggle("selects", selects);
      const frame = gd.closest(".figure-frame");
      if (selects && frame && !frame.hasAttribute("tabindex")) {
        frame.setAttribute("tabindex", "0");
      }
      const cells = selects && frame && cellsOf(gd);
      if (cells) {
        // Arrows are for its cursor (matrix-keyboard.js), not for reading on.
        frame.setAttribute("role", "application");
        frame.setAttribute("aria-roledescription", "matrix");
        // Row labels that are held while it scrolls cover what is under them.
        frame.style.scrollPaddingLeft = `${axisOf(gd, cells.x)._offset}px`;
      }
      mark(gd);
    };
    gd.on("plotly_afterplot", drawn);
    // A figure that came with the page may stand before anybody could listen.
    if (gd._fullData) {
      drawn();
    }
  }

  window.atlasDom.whenDrawn(() => {
    document.querySelectorAll("#workspace .js-plotly-plot").forEach(watch);
    window.atlasHeld.watchRoom();
    markElements();
  });

  // -- keyboard ------------------------------------------------------------------------------------

  const ARROWS = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1 };

  // In a figure of points or bars: Enter selects, arrows go to the next. Matrices have a cursor.
  function step(gd, key) {
    const points = drawnPoints(gd).map((point) => point.selection);
    const at = points.findIndex((selection) => same(selection, current));
    return points[at < 0 ? 0 : at + (ARROWS[key] || 0)];
  }

  document.addEventListener("keydown", (event) => {
    const frame = event.target.matches && event.target.matches(".figure-frame") && event.target;
    const gd = frame && frame.querySelector(".js-plotly-plot.selects");
    if (gd && !cellsOf(gd) && (event.key === "Enter" || event.key in ARROWS)) {
      const next = step(gd, event.key);
      const on = marksOf(gd).length > 0;
      // Arrows scroll a figure nothing is selected in.
      if (event.key in ARROWS && !on) {
        return;
      }
      event.preventDefault();
      if (event.key === "Enter" && on) {
        letGo();
      } else if (next && next.length) {
        choose(next, null, gd);
      }
    }
  });

  // Who lets go from within the panel is back where the selection was made.
  let opener = null;
  document.addEventListener("focusin", (event) => {
    if (!event.target.closest("#panel")) {
      opener = event.target;
    }
  });

  function giveBackFocus() {
    const inside = document.activeElement && document.activeElement.closest("#panel");
    if (inside && opener && opener.isConnected) {
      opener.focus();
    }
  }

  // -- the rest of the page ------------------------------------------------------------------------

  window.atlasSelection = {
    choose,
    letGo,
    follow,
    remark: markElements,
    now: () => current,
    cells: { of: cellsOf, at: (...place) => window.atlasSelects.cellAt(...place), box },
  };
})();
