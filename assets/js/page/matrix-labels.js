// Names of rows and columns of a large matrix. The server writes one of twenty, say; who zooms in is
// shown as many as have room, and what the server wrote when the whole of it is in sight again.
(function () {
  const LINE = 13; // pixels from a name to the next: MatrixFrame.step
  const STEPS = [1, 2, 5, 10, 20, 50];
  const FEW = 3; // where the server named groups: every second cell may have its own name
  const AXES = ["xaxis", "yaxis"];
  const written = new WeakMap(); // a layout as the server made it -> ticks of its axes
  const shown = new WeakMap(); // the same -> which of the names are written

  // Which places have a name: from the first in sight to the last, a step from one to the next; null
  // where they are no more than the server wrote. range: of the axis, either way round.
  function placesIn(range, pixels, apart, usual) {
    const [low, high] = [Math.min(...range), Math.max(...range)];
    const step = STEPS.find((one) => (one * pixels) / (high - low) >= apart) || Infinity;
    if (step >= usual) {
      return null;
    }
    const first = Math.ceil(Math.max(low, 0) / step) * step;
    return Array.from({ length: Math.max(0, Math.floor((high - first) / step) + 1) }, (_, at) => first + at * step);
  }

  // By how much a title is moved from the middle of its axis to the middle of what is seen of that, in
  // a frame of so many pixels that is scrolled by so many.
  function toSight(begins, long, scrolled, room) {
    const [first, last] = [Math.max(begins, scrolled), Math.min(begins + long, scrolled + room)];
    return last > first ? (first + last) / 2 - (begins + long / 2) : 0;
  }

  function ticksOf(gd, name, { tickvals, ticktext, apart }) {
    const { [name]: axis, meta } = gd.layout;
    const { range, _length: pixels } = gd._fullLayout[name];
    const usual = meta?.groups?.includes(name) ? FEW : tickvals[1] - tickvals[0];
    const places = placesIn(range, pixels, apart, usual);
    if (!places) {
      return [tickvals, ticktext];
    }
    const short = meta?.short?.[name] || {};
    const named = places.filter((at) => at in axis.labelalias);
    return [named, named.map((at) => short[at] ?? axis.labelalias[at])];
  }

  // Names that are turned need a line each, others as much as the server gave them.
  function asWritten(gd) {
    const ticks = {};
    for (const name of AXES) {
      const { labelalias, tickvals, ticktext, tickangle } = gd.layout[name] || {};
      if (labelalias && tickvals?.length) {
        const axis = gd._fullLayout[name];
        const [one, next] = tickvals.map((at) => axis.l2p(at));
        const flat = name === "xaxis" && tickangle !== -90;
        ticks[name] = { tickvals, ticktext, apart: flat ? Math.abs(next - one) || Infinity : LINE };
      }
    }
    return ticks;
  }

  function write(gd) {
    if (!AXES.some((name) => gd.layout?.[name]?.labelalias)) {
      return;
    }
    if (!written.has(gd.layout)) {
      written.set(gd.layout, asWritten(gd));
    }
    const changes = {};
    const which = [];
    for (const [name, ticks] of Object.entries(written.get(gd.layout))) {
      const [tickvals, ticktext] = ticksOf(gd, name, ticks);
      which.push(tickvals === ticks.tickvals ? "" : `${tickvals[0]} ${tickvals[1]} ${tickvals.length}`);
      Object.assign(changes, { [`${name}.tickvals`]: tickvals, [`${name}.ticktext`]: ticktext });
    }
    const now = which.join("");
    if ((shown.get(gd.layout) || "") !== now) {
      shown.set(gd.layout, now);
      window.Plotly.fit(gd, changes);
    }
  }

  const watched = new WeakSet();

  window.atlasMatrixLabels = { placesIn, toSight };
  window.atlasDom?.whenDrawn(() => {
    document.querySelectorAll("#workspace .js-plotly-plot").forEach((gd) => {
      if (gd.on && !watched.has(gd)) {
        watched.add(gd);
        gd.on("plotly_afterplot", () => write(gd));
        write(gd);
      }
    });
  });
})();
