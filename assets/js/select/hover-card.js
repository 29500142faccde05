// What is pointed at, in at most six lines, beside the cursor: plotly writes the lines, we place
// them. Never over the label of the row or the column, nor over the cells next to the one that is
// meant, which one wants to compare; gone with the pointer, a click or Escape. In reports and on
// boards, too: after base/dom.js it needs no other script.
(function () {
  const LINES = 6;
  const AWAY = 12; // pixels from the cursor, or from the cells next to it
  const EDGE = 6;
  const FIGURES = "#workspace .js-plotly-plot, .js-plotly-plot[data-figure]";
  const watched = new WeakSet();
  let card = null;
  let pressed = false; // since a click nothing is shown until something else is pointed at

  const hide = () => {
    if (card) {
      card.hidden = true;
    }
  };

  function written(gd) {
    const group = gd.querySelector(".hoverlayer g.hovertext");
    const text = group && group.querySelector("text.nums");
    if (!text) {
      return [];
    }
    const lines = [...text.querySelectorAll("tspan.line")];
    return (lines.length ? lines : [text]).slice(0, LINES);
  }

  function line(from) {
    const made = document.createElement("div");
    const runs = [...from.querySelectorAll("tspan")].filter((run) => !run.querySelector("tspan"));
    if (!runs.length) {
      made.textContent = from.textContent;
      return made;
    }
    for (const node of from.childNodes) {
      const part = document.createElement("span");
      part.textContent = node.textContent;
      if (node.nodeType === Node.ELEMENT_NODE) {
        part.style.fontWeight = node.style.fontWeight;
        part.style.color = node.style.fill;
      }
      made.append(part);
    }
    return made;
  }

  const grown = (box, by) => ({
    left: box.left - by, right: box.right + by, top: box.top - by, bottom: box.bottom + by,
  });
  const meet = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

  const isMatrix = (gd) =>
    (gd._fullData || []).some(({ type, meta }) => type === "heatmap" && meta?.selects?.rows);

  // What has to stay in sight: the cell with those around it and both its labels, or the point.
  function kept(gd, point, event) {
    const frame = gd.getBoundingClientRect();
    const { xaxis, yaxis } = point;
    const x = frame.left + xaxis._offset + xaxis.d2p(point.x);
    const y = frame.top + yaxis._offset + yaxis.d2p(point.y);
    if (point.fullData.type !== "heatmap" || !isMatrix(gd)) {
      const at = event && event.clientX !== undefined ? [event.clientX, event.clientY] : [x, y];
      return [grown({ left: at[0], right: at[0], top: at[1], bottom: at[1] }, AWAY)];
    }
    const [across, down] = [Math.abs(xaxis.d2p(1) - xaxis.d2p(0)), Math.abs(yaxis.d2p(1) - yaxis.d2p(0))];
    const around = {
      left: x - 1.5 * across, right: x + 1.5 * across, top: y - 1.5 * down, bottom: y + 1.5 * down,
    };
    const labels = [[".xtick text", point.x], [".ytick text", point.y]].flatMap(([which, at]) =>
      [...gd.querySelectorAll(which)].filter((text) => text.__data__ && text.__data__.x === Math.round(at)));
    return [grown(around, EDGE), ...labels.map((text) => text.getBoundingClientRect())];
  }

  function place(keep) {
    const { offsetWidth: width, offsetHeight: height } = card;
    const [first] = keep;
    const [x, y] = [(first.left + first.right) / 2, (first.top + first.bottom) / 2];
    const inside = (at, size, room) => Math.min(Math.max(at, EDGE), Math.max(room - size - EDGE, EDGE));
    const top = inside(y - height / 2, height, window.innerHeight);
    const left = inside(x - width / 2, width, window.innerWidth);
    const places = [
      [first.right, top], [first.left - width, top], [left, first.bottom], [left, first.top - height],
    ].map(([l, t]) => ({ left: l, top: t, right: l + width, bottom: t + height }));
    const fits = (box) => box.left >= 0 && box.top >= 0 && box.right <= window.innerWidth
      && box.bottom <= window.innerHeight;
    const clear = (box) => keep.every((other) => !meet(box, other));
    // Where nothing is free the card goes into the corner that is farthest.
    const corner = {
      left: x < window.innerWidth / 2 ? window.innerWidth - width - EDGE : EDGE,
      top: y < window.innerHeight / 2 ? window.innerHeight - height - EDGE : EDGE,
    };
    const found = places.find((box) => fits(box) && clear(box)) || corner;
    card.style.left = `${found.left}px`;
    card.style.top = `${found.top}px`;
  }

  function show(gd, data) {
    const point = data.points && data.points[0];
    const lines = point && point.xaxis ? written(gd) : [];
    // A finger has no cursor: what it taps is told in the panel.
    if (!lines.length || pressed || window.matchMedia("(hover: none)").matches) {
      hide();
      return;
    }
    if (!card) {
      card = document.createElement("div");
      card.className = "hover-card hover-of-figure";
      card.setAttribute("aria-hidden", "true");
      // An enlarged figure lies over all that is not in the top layer, as this is.
      card.setAttribute("popover", "manual");
      document.body.append(card);
    }
    card.replaceChildren(...lines.map(line));
    card.hidden = false;
    if (card.matches(":popover-open")) {
      card.hidePopover();
    }
    card.showPopover();
    place(kept(gd, point, data.event));
  }

  function watch(gd) {
    if (watched.has(gd) || typeof gd.on !== "function") {
      return;
    }
    watched.add(gd);
    gd.on("plotly_hover", (data) => show(gd, data));
    gd.on("plotly_unhover", () => {
      pressed = false;
      hide();
    });
    gd.addEventListener("pointerleave", hide);
    // Drawn anew (zoomed, another method): under a pointer that rests may lie another cell now.
    gd.on("plotly_afterplot", hide);
  }

  window.atlasDom.whenDrawn(
    () => document.querySelectorAll(FIGURES).forEach(watch));

  document.addEventListener("pointerdown", (event) => {
    pressed = Boolean(event.target.closest?.(".js-plotly-plot"));
    hide();
  }, true);
  document.addEventListener("keydown", hide, true);
  document.addEventListener("scroll", hide, { capture: true, passive: true });
})();
