// Figures of cards: drawn when they can be seen, those in sight first; and, when nothing else is to
// be done, those of tabs that are most likely opened next. See cards.js.
(function () {
  const FRAME_MS = 50; // longer than any frame takes
  const HOLD_MS = 300; // so long nothing is drawn ahead after somebody did something
  const AT_ONCE_MS = 10; // figures that take less are painted in one frame
  const AXIS = /^[xy]axis\d*$/;
  const waiting = new Map(); // gd -> { figure, config }, until it is drawn
  const ahead = new Set(); // those of them that may be drawn before they can be seen
  let later = false;
  let fresh = false; // what was drawn last was not painted yet
  let owed = 0; // what waits until all was drawn
  let idle = false;
  let held = 0; // until when nothing is drawn ahead
  let expected = null; // the page that somebody most likely opens next

  // A page that is made beforehand is laid out, and nobody sees it.
  const isLaidOut = (gd) => gd.getClientRects().length > 0;
  const canBeSeen = (gd) => isLaidOut(gd) && !gd.closest(".page[hidden]");
  const inSight = (gd) => {
    const { top, bottom } = gd.getBoundingClientRect();
    return bottom > 0 && top < window.innerHeight;
  };

  // All of a figure is what the new one shows: plotly would go back to what the first one did.
  function beginAt(gd, layout = {}) {
    Object.keys(layout).filter((key) => AXIS.test(key) && gd._fullLayout?.[key]).forEach((key) => {
      const axis = gd._fullLayout[key];
      const { range, autorange } = layout[key];
      [axis._rangeInitial0, axis._rangeInitial1] = range && !autorange ? range : [];
    });
  }

  function draw(gd) {
    const { figure, config } = waiting.get(gd);
    waiting.delete(gd);
    ahead.delete(gd);
    beginAt(gd, figure.layout);
    window.Plotly.react(gd, { ...figure, config });
  }

  // beforehand: before anybody opened its tab.
  function wait(gd, figure, config, beforehand) {
    waiting.set(gd, { figure, config });
    ahead.delete(gd);
    if (beforehand) {
      ahead.add(gd);
    }
  }

  // The first figure in sight at once, and with it those that take no time; when that was painted the
  // others, those in sight first, each in a turn of its own.
  function drawAll() {
    if (!later) {
      drawNext(afterPaint);
    }
  }

  function drawNext(soon) {
    const end = window.performance.now() + AT_ONCE_MS;
    const seen = [...waiting.keys()].filter(canBeSeen);
    const next = seen.length > 1 ? [...new Set([...seen.filter(inSight), ...seen])] : seen;
    const drew = next.length > 0;
    later = true;
    try {
      while (next.length) {
        draw(next.shift());
        if (window.performance.now() >= end) {
          break;
        }
      }
    } finally {
      later = next.length > 0;
      if (later) {
        soon(() => drawNext(window.setTimeout));
      } else if (drew && !fresh) {
        fresh = true;
        afterPaint(() => { fresh = false; });
      }
    }
  }

  // When no figure is drawn any more and all that were are painted: at once where that is so.
  const painted = () => (later || fresh ? new Promise(afterDrawn) : Promise.resolve());

  // What nobody looks at while figures are drawn: when the last of them was painted.
  function afterDrawn(does) {
    owed += 1;
    const wait = () => afterPaint(() => {
      if (later) {
        wait();
      } else {
        owed -= 1;
        does();
      }
    });
    wait();
  }

  // A window that nobody sees has no frames.
  function afterPaint(does) {
    let done = false;
    const once = () => {
      if (!done) {
        done = true;
        window.setTimeout(does);
      }
    };
    window.requestAnimationFrame(once);
    window.setTimeout(once, FRAME_MS);
  }

  // A figure at a time, and never where somebody waits for another; of the tab that is expected first.
  function drawAhead() {
    if (idle || !ahead.size) {
      return;
    }
    idle = true;
    const goesOn = (draws) => {
      idle = false;
      if (draws && !window.atlasCards.busy() && held <= window.performance.now()) {
        drawHidden([...ahead].find((gd) => expected?.contains(gd)) || [...ahead][0]);
      }
      drawAhead();
    };
    const holds = held - window.performance.now();
    if (holds > 0) {
      window.setTimeout(goesOn, holds, false);
    } else {
      window.atlasDom.whenIdle(() => goesOn(true));
    }
  }

  ["pointerdown", "keydown"].forEach((kind) => {
    const hold = () => { held = window.performance.now() + HOLD_MS; };
    document.addEventListener(kind, hold, { capture: true, passive: true });
  });

  // Its page is laid out as wide as it will be, without being shown, while it is drawn.
  function drawHidden(gd) {
    ahead.delete(gd);
    const page = gd?.closest(".page[hidden]");
    const before = page?.hasAttribute("data-ahead");
    if (!page || !layOut(page, true)) {
      return; // it is drawn when it can be seen
    }
    try {
      // Not what is folded, or shown for others only.
      if (isLaidOut(gd)) {
        draw(gd);
      }
    } finally {
      layOut(page, before);
    }
  }

  // Whether it could be.
  function layOut(page, on) {
    const shown = document.querySelector("#workspace .page:not([hidden])");
    const can = on && shown && !document.documentElement.hasAttribute("data-printing");
    page.toggleAttribute("data-ahead", Boolean(can));
    page.style.width = can ? `${shown.clientWidth}px` : "";
    return can;
  }

  // The tab that somebody most likely opens next; null: none, or it was opened. stays: what is in it
  // measures itself when it is made, whenever that is.
  function expect(page, stays) {
    document.querySelectorAll(".page[data-ahead]").forEach((one) => layOut(one, false));
    expected = page;
    if (page && stays) {
      layOut(page, true);
    }
  }

  // A figure without a size of its own has its frame's.
  const resized = new ResizeObserver((entries) => entries.forEach(({ target }) => {
    const { layout, _fullLayout: drawn } = target;
    if (drawn && layout.autosize !== false && !(layout.width && layout.height) && isLaidOut(target)
        && (Math.abs(drawn.width - target.clientWidth) > 1 || Math.abs(drawn.height - target.clientHeight) > 1)) {
      window.Plotly.Plots.resize(target);
    }
  }));

  window.atlasFigures = {
    wait, drawAll, drawAhead, expect, afterDrawn, painted,
    follow: (gd) => resized.observe(gd),
    busy: () => later || owed > 0,
  };
})();
