// The card of a background job in this tab: job-state.js says what happens, this shows it.
// See dashboard/ui/job_card.py.
(function () {
  const END_COMES_MS = 1000;
  let state = null;
  const tell = (id, props) => window.dash_clientside.set_props(id, props);

  // The style sheet hides the card where no figure of the page waits for it.
  function show() {
    const card = window.atlasJobs.shown(state);
    document.getElementById("job-card").hidden = card.hidden;
    if (!card.hidden) {
      document.getElementById("job-title").textContent = card.title;
    }
    tell("job-cancel", { hidden: !card.canCancel });
    tell("job-start", { hidden: !card.canStart, children: card.start });
    tell("job-bar", { hidden: !card.hasBar });
  }

  function take(event, about) {
    const before = state;
    state = window.atlasJobs.step(before, event, about);
    if (state.said !== before.said || state.begins) {
      tell("job-text", { children: state.said });
    }
    if (state.begins) {
      tell("job-bar", { value: "0", max: "1" });
      tell("job-order", { data: { times: state.times, work: state.wanted.work } });
    }
    if (state.redraws) {
      window.atlasCards.again();
      window.atlasNavigation.afterJobs(state.times);
    }
  }

  function followJob(wanted, start, cancel, ended, busy) {
    state = state || window.atlasJobs.START;
    const by = window.dash_clientside.callback_context.triggered.map((t) => t.prop_id);
    if (by.includes("job-wanted.data") && wanted) {
      take("wanted", wanted);
    }
    if (by.includes("job-start.n_clicks") && start) {
      take("start");
    }
    if (by.includes("job-cancel.n_clicks") && cancel) {
      take("cancel");
    }
    if (by.includes("job-ended.data") && ended) {
      take("ended", ended);
    }
    if (by.includes("job-busy.data") && busy === false && state.phase === "running") {
      // The end itself, where there is one, comes right after this.
      const { times } = state;
      window.setTimeout(() => {
        take("lost", times);
        show();
      }, END_COMES_MS);
    }
    show();
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside);
  window.dash_clientside.atlas = Object.assign({}, window.dash_clientside.atlas, { followJob });
})();
