// The card of a background job in this tab. See dashboard/ui/job_card.py.
(function () {
  const now = {
    wanted: null,      // what a figure asked for last
    state: null,       // offered, running, stopped, ended, done
    times: 0,          // how often this tab began a job
    ended: null,       // the last end that was taken in
  };

  const tell = (id, props) => window.dash_clientside.set_props(id, props);
  const text = (value) => tell("job-text", { children: value });

  // The style sheet hides the card where no figure of the page waits for it.
  function show() {
    const shown = now.state !== null && now.state !== "done";
    const verb = { offered: "can be computed", running: "is being computed" };
    tell("job-card", { hidden: !shown });
    if (shown) {
      const said = verb[now.state] || "is not finished";
      tell("job-title", { children: `${now.wanted.title} ${said}` });
    }
    tell("job-cancel", { hidden: now.state !== "running" });
    tell("job-start", {
      hidden: now.state === "running",
      children: now.state === "offered" ? "Start" : "Go on",
    });
    tell("job-bar", { hidden: now.state === "offered" });
  }

  function begin() {
    now.times += 1;
    now.state = "running";
    tell("job-bar", { value: "0", max: "1" });
    text(`Starting … ${now.wanted.note}`);
    tell("job-order", { data: { times: now.times, work: now.wanted.work } });
  }

  // A figure asks, and asks again whenever it is drawn without what it needs.
  function want(wanted) {
    const same = now.wanted && JSON.stringify(now.wanted.work) === JSON.stringify(wanted.work);
    if (!same) {
      now.state = null;
    }
    now.wanted = wanted;
    if (now.state === "done") {
      // Begun by itself again, it could go round in circles.
      now.state = "ended";
      text("It was computed, and is gone or out of date: the study's files have changed, or the"
        + " cache has no room for it.");
    } else if (now.state === null && wanted.offered) {
      now.state = "offered";
      text(wanted.note);
    } else if (now.state === null) {
      begin();
    }
  }

  function end(ended, feeds, data) {
    now.ended = ended;
    if (ended.done) {
      now.state = "done";
      feeds.forEach((feed, i) => {
        if (data[i]) {
          tell(feed, { data: { ...data[i], after: now.times } });
        }
      });
    } else {
      now.state = "ended";
      text(`${ended.ended.charAt(0).toUpperCase()}${ended.ended.slice(1)}. What was finished is`
        + " kept.");
    }
  }

  function followJob(wanted, start, cancel, ended, busy, feeds, ...data) {
    const by = window.dash_clientside.callback_context.triggered.map((t) => t.prop_id);
    if (by.includes("job-wanted.data") && wanted) {
      want(wanted);
    }
    if (by.includes("job-start.n_clicks") && start && now.state !== "running") {
      begin();
    }
    if (by.includes("job-cancel.n_clicks") && cancel && now.state === "running") {
      now.state = "stopped";
      text("Stopped. What was finished is kept: it goes on from there.");
    }
    if (by.includes("job-ended.data") && ended && now.state === "running") {
      end(ended, feeds, data);
    }
    if (by.includes("job-busy.data") && busy === false && now.state === "running") {
      // The end itself, where there is one, comes right after this.
      const times = now.times;
      window.setTimeout(() => {
        if (now.state === "running" && now.times === times) {
          now.state = "ended";
          text("The server does not know of it any more. What was finished is kept.");
          show();
        }
      }, 1000);
    }
    show();
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside);
  window.dash_clientside.atlas = Object.assign({}, window.dash_clientside.atlas, { followJob });
})();
