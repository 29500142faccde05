// Figures of cards: drawn when they can be seen, those in sight first; and, when nothing else is to
// be done, those of tabs that are most likely opened next. See cards.js.
(function () {
  const FRAME_MS = 50; // longer than any frame takes
  const waiting = new Map(); // gd -> { figure, config }, until it is drawn
  const ahead = new Set(); // those of them that may be drawn before they can be seen
  let later = false;
  let idle = false;

  const canBeSeen = (gd) => gd.getClientRects().length > 0;
  const inSight = (gd) => {
    const { top, bottom } = gd.getBoundingClientRect();
    return bottom > 0 && top < window.innerHeight;
  };

  function draw(gd) {
    const { figure, config } = waiting.get(gd);
    waiting.delete(gd);
    ahead.delete(gd);
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

  // The first figure in sight at once; when that was painted the others, those in sight first, each in
  // a turn of its own.
  function drawAll() {
    if (!later) {
      drawNext(afterPaint);
    }
  }

  function drawNext(soon) {
    const seen = [...waiting.keys()].filter(canBeSeen);
    later = seen.length > 1;
    if (later) {
      soon(() => drawNext(window.setTimeout));
    }
    if (seen.length) {
      draw(seen.find(inSight) || seen[0]);
    }
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

  // A figure at a time, and never where somebody waits for another.
  function drawAhead() {
    if (!idle && ahead.size) {
      idle = true;
      window.atlasDom.whenIdle(() => {
        idle = false;
        if (!later) {
          drawHidden([...ahead][0]);
        }
        drawAhead();
      });
    }
  }

  // Its page is laid out as wide as it will be, without being shown, while it is drawn.
  function drawHidden(gd) {
    ahead.delete(gd);
    const page = gd?.closest(".page[hidden]");
    const shown = document.querySelector("#workspace .page:not([hidden])");
    if (!page || !shown || document.documentElement.hasAttribute("data-printing")) {
      return; // it is drawn when it can be seen
    }
    page.style.width = `${shown.clientWidth}px`;
    page.toggleAttribute("data-ahead", true);
    try {
      // Not what is folded, or shown for others only.
      if (canBeSeen(gd)) {
        draw(gd);
      }
    } finally {
      page.toggleAttribute("data-ahead", false);
      page.style.width = "";
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

  window.atlasFigures = {
    wait, drawAll, drawAhead,
    follow: (gd) => resized.observe(gd),
    busy: () => later,
  };
})();
