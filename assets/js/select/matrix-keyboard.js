// The cursor of a matrix: in one that has the focus arrows move it, Enter or Space selects its cell
// (plotly-marks.js), Escape lets go. What it stands on is said aloud.
(function () {
  const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const SVG = "http://www.w3.org/2000/svg";
  const AROUND = 2;
  const NEAREST = { block: "nearest", inline: "nearest" };
  const places = new WeakMap();
  const watched = new WeakSet();
  let shown = null;

  const selection = () => window.atlasSelection;
  const frameOf = (target) => (target.matches && target.matches(".figure-frame") ? target : null);

  // The matrix in a frame, and its cells; null for any other figure.
  function matrixIn(frame) {
    const gd = frame && frame.querySelector(".js-plotly-plot.selects");
    const cells = gd && selection().cells.of(gd);
    return cells ? { gd, cells } : null;
  }

  // -- where it stands -----------------------------------------------------------------------------

  const within = (at, count) => Math.min(Math.max(at, 0), count - 1);

  // At the cell that is selected when the focus comes, else where it was, else at the first.
  function start({ gd, cells }) {
    const [source, target] = selection().now();
    const row = cells.rows.indexOf(source);
    const column = cells.columns.indexOf(target);
    if (row >= 0 && column >= 0) {
      places.set(gd, { row, column });
    }
  }

  // The matrix may have become smaller since, or a part of it be in sight only.
  function placeIn({ gd, cells }) {
    const { row, column } = places.get(gd) || { row: 0, column: 0 };
    const nearest = (at, names, axis) =>
      window.atlasSelects.nearestInSight(at, names.length, gd._fullLayout[axis].range);
    return {
      row: nearest(row, cells.rows, "yaxis"),
      column: nearest(column, cells.columns, "xaxis"),
    };
  }

  function moved({ row, column }, key, cells) {
    if (key === "Home" || key === "End") {
      return { row, column: key === "Home" ? 0 : cells.columns.length - 1 };
    }
    const [across, down] = STEPS[key];
    return {
      row: within(row + down, cells.rows.length),
      column: within(column + across, cells.columns.length),
    };
  }

  // -- how it looks --------------------------------------------------------------------------------

  function layerOf(gd) {
    const frame = gd.querySelector(".svg-container");
    let layer = frame.querySelector(":scope > .cursor-marks");
    if (!layer) {
      layer = document.createElementNS(SVG, "svg");
      layer.setAttribute("class", "cursor-marks");
      layer.setAttribute("aria-hidden", "true");
      // Under the mark of what is selected, which may be the same cell.
      frame.insertBefore(layer, frame.querySelector(":scope > .selection-marks"));
    }
    return layer;
  }

  function draw(matrix) {
    const { row, column } = placeIn(matrix);
    const box = selection().cells.box(matrix.gd, matrix.cells, [column, column], [row, row], true);
    // Twice, one on the other: seen on light cells and on dark ones.
    const marks = box ? ["under", "over"].map((name) => outline(box.place, name)) : [];
    layerOf(matrix.gd).replaceChildren(...marks);
  }

  function outline({ x, y, width, height }, name) {
    const mark = document.createElementNS(SVG, "rect");
    mark.setAttribute("class", name);
    const [left, top] = [x - AROUND, y - AROUND];
    const place = { x: left, y: top, width: width + 2 * AROUND, height: height + 2 * AROUND };
    Object.entries(place).forEach(([key, value]) => mark.setAttribute(key, value.toFixed(1)));
    return mark;
  }

  function show(matrix) {
    const { gd } = matrix;
    if (!watched.has(gd)) {
      watched.add(gd);
      gd.on("plotly_afterplot", () => {
        const again = shown === gd && matrixIn(gd.closest(".figure-frame"));
        if (again) {
          draw(again);
        }
      });
    }
    shown = gd;
    draw(matrix);
    say(matrix);
    const mark = layerOf(gd).lastChild;
    if (mark) {
      mark.scrollIntoView(NEAREST);
    }
  }

  function hide() {
    if (shown && shown.isConnected) {
      layerOf(shown).replaceChildren();
    }
    shown = null;
  }

  // -- what is said --------------------------------------------------------------------------------

  // The pair and its value, as the cell's hover has them: text, whatever it came from.
  function wordsOf({ gd, cells }, { row, column }) {
    const trace = gd._fullData.find((t) => t.type === "heatmap" && t.meta && t.meta.selects);
    const text = Array.isArray(trace.hovertext) && (trace.hovertext[row] || [])[column];
    if (typeof text !== "string") {
      const name = (key) => key.split("+").join(" + ");
      const pair = `${name(cells.rows[row])} → ${name(cells.columns[column])}`;
      // A large one has a template for all cells; where that has the value, it is the cell's.
      const value = (trace.hovertemplate || "").includes("%{z") ? (trace.z[row] || [])[column] : undefined;
      const told = Number.isFinite(value) ? String(Number(value.toPrecision(4))).replace("-", "−") : "no value";
      return value === undefined ? pair : `${pair}, ${told}`;
    }
    const lines = text.split("<br>");
    const value = lines.findIndex((line) => !/^<b>.*<\/b>$/.test(line));
    const parsed = lines.slice(0, value + 1).map((line) => {
      return new DOMParser().parseFromString(line, "text/html").body.textContent.trim();
    });
    return `${parsed.slice(0, value).join(" ")}, ${parsed[value]}`;
  }

  function say(matrix) {
    const said = document.getElementById("cursor-said");
    said.textContent = wordsOf(matrix, placeIn(matrix));
  }

  // -- when ----------------------------------------------------------------------------------------

  document.addEventListener("focusin", (event) => {
    const matrix = matrixIn(frameOf(event.target));
    if (matrix) {
      start(matrix);
      // Who clicks does not need it, until a key is pressed.
      if (event.target.matches(":focus-visible")) {
        show(matrix);
      }
    }
  });

  document.addEventListener("focusout", (event) => {
    if (frameOf(event.target)) {
      hide();
    }
  });

  document.addEventListener("keydown", (event) => {
    const matrix = matrixIn(frameOf(event.target));
    if (!matrix || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) {
      return;
    }
    const { gd, cells } = matrix;
    const { key } = event;
    if (key === "Enter" || key === " ") {
      event.preventDefault();
      const { row, column } = placeIn(matrix);
      const cell = selection().cells.at(cells, column, row);
      if (cell) {
        selection().choose(cell, cells.number || null, gd);
      }
    } else if (key in STEPS || key === "Home" || key === "End") {
      event.preventDefault();
      if (shown !== gd) {
        start(matrix);
      }
      places.set(gd, moved(placeIn(matrix), key, cells));
      show(matrix);
    }
  });
})();
