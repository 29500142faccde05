// The slider over the checkpoints of fine-tuning: the same choice as the control in the rail, which
// alone is part of the state. The slider follows it and moves it; neither asks the server.
(function () {
  const NARROW = 6;
  const MANY = 14;
  const most = () => (window.innerWidth < 760 ? NARROW : MANY);
  let labelled = 0; // how many there were room for
  let shown = []; // the checkpoints

  // The control lists the last one first and then the latest; the slider runs the other way.
  const stepsOf = (options) => (options || []).map((option) => option.value).reverse();

  function label(step) {
    return step === "last" ? step : Number(step).toLocaleString("en");
  }

  // As many labels as there is room for: always the first and the last one.
  function marksOf(steps) {
    labelled = most();
    const every = Math.ceil((steps.length - 1) / (labelled - 1));
    const marks = {};
    steps.forEach((step, at) => {
      const fromEnd = steps.length - 1 - at;
      if (fromEnd % every === 0 || steps.length <= labelled) {
        marks[at] = label(step);
      }
    });
    return marks;
  }

  // Dash draws the thumb without a name, and its value is a position and not the checkpoint.
  let newest = null;
  function name(step) {
    newest = step;
    const thumb = document.querySelector("#transfer-checkpoints [role=slider]");
    if (thumb) {
      thumb.setAttribute("aria-label", "Checkpoint of fine-tuning");
      thumb.setAttribute("aria-valuetext", label(step));
    } else {
      window.setTimeout(() => newest === step && name(step), 200);
    }
  }

  function courseShown(value, options, at) {
    const steps = stepsOf(options);
    const wanted = steps.indexOf(value);
    const skip = window.dash_clientside.no_update;
    const slides = steps.length >= 3 && wanted >= 0;
    document.documentElement.toggleAttribute("data-slides", slides);
    if (!slides) {
      return [true, skip, skip, skip];
    }
    name(value);
    shown = steps;
    return [false, steps.length - 1, marksOf(steps), wanted === at ? skip : wanted];
  }

  function courseMoved(at, value, options) {
    const step = stepsOf(options)[at];
    if (step !== undefined && step !== value) {
      window.dash_clientside.set_props("checkpoint", { value: step });
    }
  }

  window.addEventListener("resize", () => {
    if (shown.length && labelled !== most()) {
      window.dash_clientside.set_props("transfer-step", { marks: marksOf(shown) });
    }
  });

  window.dash_clientside = Object.assign({}, window.dash_clientside);
  window.dash_clientside.atlas = Object.assign({}, window.dash_clientside.atlas, {
    courseShown,
    courseMoved,
  });
})();
