// The states of a background job in this tab: (state, event) -> state, nothing of the page.
// phase: null, offered, running, stopped, ended, done. times: how often this tab began a job.
// said: the line beside the bar. begins, redraws: what is to be done now, in this step alone.
(function () {
  const GONE = "It was computed, and is gone or out of date: the study's files have changed, or the"
    + " cache has no room for it.";
  const STOPPED = "Stopped. What was finished is kept: it goes on from there.";
  const UNKNOWN = "The server does not know of it any more. What was finished is kept.";
  const START = Object.freeze({ wanted: null, phase: null, times: 0, said: "" });
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

  const begun = (state) => ({
    ...state,
    phase: "running",
    times: state.times + 1,
    said: `Starting … ${state.wanted.note}`,
    begins: true,
  });

  const STEPS = {
    // A figure asks, and asks again whenever it is drawn without what it needs.
    wanted(state, wanted) {
      const again = state.wanted && same(state.wanted.work, wanted.work);
      const now = { ...state, wanted, phase: again ? state.phase : null };
      if (now.phase === "done") {
        // Begun by itself again, it could go round in circles.
        return { ...now, phase: "ended", said: GONE };
      }
      if (now.phase !== null) {
        return now;
      }
      return wanted.offered ? { ...now, phase: "offered", said: wanted.note } : begun(now);
    },
    start: (state) => (state.wanted && state.phase !== "running" ? begun(state) : state),
    cancel: (state) => (state.phase === "running" ? { ...state, phase: "stopped", said: STOPPED } : state),
    ended(state, end) {
      if (state.phase !== "running") {
        return state;
      }
      if (end.done) {
        return { ...state, phase: "done", redraws: true };
      }
      const why = `${end.ended.charAt(0).toUpperCase()}${end.ended.slice(1)}`;
      return { ...state, phase: "ended", said: `${why}. What was finished is kept.` };
    },
    // No end came with it; times: of the job that is no longer under way.
    lost: (state, times) =>
      state.phase === "running" && state.times === times
        ? { ...state, phase: "ended", said: UNKNOWN }
        : state,
  };

  function step(state, event, about) {
    return STEPS[event]({ ...state, begins: false, redraws: false }, about);
  }

  const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

  // What the card shows of it.
  function shown(state) {
    const verb = { offered: "can be computed", running: "is being computed" }[state.phase];
    return {
      hidden: state.phase === null || state.phase === "done",
      title: state.wanted ? sentence(`${state.wanted.title} ${verb || "is not finished"}`) : "",
      canCancel: state.phase === "running",
      canStart: state.phase !== "running",
      start: state.phase === "offered" ? "Start" : "Go on",
      hasBar: state.phase !== "offered",
    };
  }

  window.atlasJobs = { START, step, shown };
})();
