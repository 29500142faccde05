// Matrices take the width there is in a wide window or without the rail, one alone wherever there is
// any. Cells stay square. The
// server draws each at a size of its own; what stands around the cells (labels, colour bar) keeps
// its pixels. The panel changes nothing of it: who clicked a cell finds it under the pointer. A row
// that has no room beside the panel goes on under it, and is scrolled with the page.
(function () {
  const WIDE = 1700; // of the window
  const LARGEST_CELL = 56;
  const GROWS_FROM = 1.08; // less is not worth a drawing
  const MOST = 1.75;
  const LARGEST_NUMBER = 12; // pixels of its letters
  const ABOVE = 150; // pixels of the window that a sentence and a caption take
  const BESIDE = 340; // of a message next to the only matrix of a row
  const FIGURE_BESIDE = 760; // of another figure next to it
  const ROWS = ":is(.cards-matrices, .cards-compare, .cards-fitted)";
  const bases = new WeakMap(); // a layout as the server made it -> what it measures
  let waiting = false;

  const plotOf = (card) => card.querySelector(".figure-frame:not([hidden]) .js-plotly-plot");
  const isMatrix = (gd) =>
    (gd._fullData || []).some(({ type, meta }) => type === "heatmap" && meta?.selects?.rows);

  const pen = document.createElement("canvas").getContext("2d");
  const read = document.createElement("template");

  // Pixels of the longest of some names, which are written as HTML.
  function longest(names, { size, family }) {
    pen.font = `${size}px ${family}`;
    return Math.max(...names.map((name) => {
      read.innerHTML = name;
      return pen.measureText(read.content.textContent).width;
    }));
  }

  // Names that the server cut, and what they take when they are whole: as whole_names.py for pictures.
  // cut, whole: layouts with either; across, down: pixels that the figure grows by. Null where none is cut.
  function namesOf(gd) {
    const names = gd.layout.meta?.whole;
    if (!names || gd.layout.xaxis.tickangle !== -90) {
      return null;
    }
    const { l, t } = gd.layout.margin;
    const [cut, whole, more] = [{}, {}, {}];
    for (const [axis, all] of Object.entries(names)) {
      const { ticktext } = gd.layout[axis];
      // Behind the names stands that of the means.
      const [written, wanted] = [ticktext, [...all, ...ticktext.slice(all.length)]];
      more[axis] = Math.max(0, Math.ceil(
        longest(wanted, gd._fullLayout[axis].tickfont) - longest(written, gd._fullLayout[axis].tickfont)));
      Object.assign(cut, { [`${axis}.ticktext`]: written });
      Object.assign(whole, { [`${axis}.ticktext`]: wanted });
    }
    Object.assign(cut, { "margin.l": l, "margin.t": t });
    Object.assign(whole, { "margin.l": l + more.yaxis, "margin.t": t + more.xaxis });
    return { cut, whole, across: more.yaxis, down: more.xaxis };
  }

  // What a matrix measures with its names whole.
  function withNames(measures) {
    const { width, height, names } = measures;
    return { ...measures, width: width + names.across, height: height + names.down, written: names.whole };
  }

  function base(gd) {
    const full = gd._fullLayout;
    if (!bases.has(gd.layout)) {
      const { width, height } = gd.layout;
      if (!width || !height) {
        return null;
      }
      const [x, y] = [full.xaxis, full.yaxis];
      const at = gd.data.findIndex(({ name }) => name === "numbers");
      bases.set(gd.layout, {
        width, height,
        bar: gd.layout.coloraxis?.colorbar?.len,
        columns: gd._fullData.find(({ meta }) => meta?.selects?.columns)?.meta.selects.columns.length || 0,
        numbers: at, size: gd.data[at]?.textfont?.size,
        names: namesOf(gd),
        across: x._length, down: y._length,
        cell: x._length / Math.abs(x.range[1] - x.range[0]),
      });
    }
    return bases.get(gd.layout);
  }

  // By how much the cells of a matrix grow where it has so much room.
  function ratio({ width, height, across, down, cell }, room) {
    const wanted = (room - (width - across)) / across;
    const high = (Math.max(height, window.innerHeight - ABOVE) - (height - down)) / down;
    // What is much longer than wide is scrolled anyway.
    const most = Math.min(MOST, LARGEST_CELL / cell, down > 1.5 * across ? MOST : high);
    return Math.min(wanted, most);
  }

  const attribute = (name) => document.documentElement.getAttribute(name);
  const matricesOf = (row) => [...row.children]
    .filter((card) => card.matches(".card-figure") && card.checkVisibility())
    .map((card) => [card, plotOf(card)])
    .filter(([, gd]) => gd && isMatrix(gd) && base(gd));
  const gapOf = (row) => parseFloat(window.getComputedStyle(row).columnGap) || 0;

  // What the panel takes of the width, or would take.
  function panelOf() {
    const pixels = window.getComputedStyle(document.documentElement).getPropertyValue("--panel");
    const shown = document.getElementById("panel")?.checkVisibility()
      && !document.documentElement.hasAttribute("data-over");
    return { panel: parseFloat(pixels), shown: Boolean(shown) && window.innerWidth > 760 };
  }

  // Pixels for matrices in a row; room: without the panel. A row that has room beside it as it was
  // made has that from the start.
  function roomFor(row, matrices, room, panel) {
    const gaps = (matrices.length - 1) * gapOf(row);
    const widths = matrices.map(([, gd]) => base(gd).width);
    // A matrix that is wider than what is left scrolls in its frame, with the names of its rows held.
    const keeps = matrices.length > 1 && Math.max(...widths) <= room - panel;
    row.toggleAttribute("data-keeps", keeps);
    const whole = widths.reduce((sum, width) => sum + width, gaps);
    return keeps && whole <= room - panel ? room - panel : room;
  }

  function resize(card, gd, by, measures) {
    const { width, height, across, down, cell, columns, bar, numbers, names, size: letters } = measures;
    const written = measures.written || names?.cut || {};
    const size = [Math.floor(width + (by - 1) * across), Math.floor(height + (by - 1) * down)];
    const graph = card.querySelector(".figure-graph");
    // Also where the drawing has its size already: its place may be that of the one before.
    if (Math.abs(parseFloat(graph.style.width) - size[0]) > 1) {
      [graph.style.width, graph.style.height] = size.map((pixels) => `${pixels}px`);
    }
    const renamed = names && gd.layout.margin.l !== written["margin.l"];
    if (renamed || Math.abs(gd.layout.width - size[0]) > 1) {
      const layout = { width: size[0], height: size[1], ...(renamed ? written : {}) };
      if (bar) {
        // One that is longer than a narrow matrix is wide grows no further than it.
        layout["coloraxis.colorbar.len"] = Math.max(Math.min(bar, cell * columns) * by, bar > cell * columns ? bar : 0);
      }
      // Numbers grow with their cells, but stay below the names of rows.
      const larger = Math.min(letters * Math.max(by, 1), Math.max(letters, LARGEST_NUMBER));
      window.Plotly.fit(gd, layout, letters ? larger : null, [numbers]);
    }
  }

  function fitRow(row, room, wide, panel) {
    const cards = [...row.children].filter((card) => card.matches(".card-figure") && card.checkVisibility());
    const matrices = matricesOf(row);
    if (!matrices.length) {
      return;
    }
    const others = cards.filter((card) => !matrices.some(([one]) => one === card));
    // What has not come yet is most likely a figure.
    const isFigure = (card) => plotOf(card) || !window.atlasStanding.hasCome(card);
    const alone = matrices.length === 1 && !others.some(isFigure);
    // Its sentence keeps its lines beside the panel, as it keeps its size.
    row.toggleAttribute("data-alone", alone);
    const chosen = attribute("data-selected") === "on";
    // Beside the panel a message goes below the only matrix, which keeps its size.
    const beside = alone && chosen ? [] : others;
    const free = beside.reduce((left, card) =>
      left - (isFigure(card) ? FIGURE_BESIDE : BESIDE) - gapOf(row), roomFor(row, matrices, room, panel));
    const each = (free - (matrices.length - 1) * gapOf(row)) / matrices.length;
    const grows = wide || alone && window.innerWidth > 760;
    const measures = matrices.map(([, gd]) => base(gd));
    const names = alone && grows && measures[0].names ? withNames(measures[0]) : null;
    const high = Math.max(window.innerHeight - ABOVE, measures[0].height);
    if (names && names.width <= each - panel && names.height <= high) {
      // Whole names, where nothing of the matrix goes under the panel or below the window for them.
      measures[0] = names;
    }
    const by = grows
      ? Math.min(...measures.map((one) => ratio(one, one === names ? each - panel : each))) : 1;
    const used = by < GROWS_FROM ? 1 : by;
    matrices.forEach(([card, gd], at) => resize(card, gd, used, measures[at]));
  }

  function fit() {
    waiting = false;
    const workspace = document.getElementById("workspace");
    if (!window.Plotly || !workspace || document.querySelector(".card-figure:popover-open")
      || document.documentElement.hasAttribute("data-printing")) {
      return;
    }
    const style = window.getComputedStyle(workspace);
    const { panel, shown } = panelOf();
    const room = workspace.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight)
      + (shown ? panel : 0);
    const wide = window.innerWidth >= WIDE
      || attribute("data-rail") === "folded" && window.innerWidth > 760;
    // What is drawn of another tab beforehand is fitted when that is opened.
    document.querySelectorAll(`#workspace .page:not([hidden]) ${ROWS}`)
      .forEach((row) => fitRow(row, room, wide, panel));
    window.atlasStanding.fit();
  }

  function soon() {
    if (!waiting) {
      waiting = true;
      window.requestAnimationFrame(fit);
    }
  }

  const sizes = new ResizeObserver(soon);
  let observed = null;
  window.atlasDom.whenDrawn(() => {
    const workspace = document.getElementById("workspace");
    if (workspace && workspace !== observed) {
      observed = workspace;
      sizes.disconnect();
      sizes.observe(workspace);
    }
    // Whoever drew it anew, or hid a card beside it.
    soon();
  });
  // In the frame in which the panel is to stand.
  let selected = null;
  document.addEventListener("atlas:selection", () => {
    if (selected !== attribute("data-selected")) {
      selected = attribute("data-selected");
      soon();
    }
  });
})();
