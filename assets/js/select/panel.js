// The panel: asked for here, beside Dash. Replacing its components through a callback cost 280
// dispatches of Dash's store a click, most of a second; see benchmarks/README.md.
(function () {
  const PATIENCE_MS = 300;
  const REST_MS = 100;
  const at = { plan: null, query: null, mode: "", version: "", number: "", parts: {} };

  const element = (id) => document.getElementById(id);

  function show(on) {
    element("panel").hidden = !on;
    window.atlasPanelSide.place();
  }

  // The server's answer is one element: its texts, the heading beside them. All is changed before
  // anything asks where it lies, which has the page laid out.
  function tell(part, told) {
    const [panel, title] = [element("panel"), element("panel-title")];
    const { title: heading, number } = told.dataset;
    const pieces = [...told.childNodes];
    window.atlasSelection.remark(told);
    waiting(part, false);
    show(true);
    if (part !== "story") {
      element("panel-similarity").replaceChildren(...pieces);
    } else if (title.textContent !== heading || at.number !== number) {
      title.textContent = heading;
      at.number = number;
      window.atlasFilling.fill(panel, element("panel-body"), pieces);
    } else {
      // As far down as somebody is.
      element("panel-body").replaceChildren(...pieces);
    }
  }

  // -- when it is asked --------------------------------------------------------------------------

  const addressOf = (part, keys, query) =>
    window.atlasFetched.address(`panel/${part}`, keys, query, at.mode, at.version);

  // Where the pointer rests somebody may click: what that would tell of is asked for, one at a time.
  const ahead = { url: "", answer: null, abort: null, timer: 0 };

  function foresee(selection) {
    window.clearTimeout(ahead.timer);
    if (!selection || !at.query) {
      // It left: who clicked has taken the answer.
      ahead.abort?.abort();
      Object.assign(ahead, { url: "", answer: null, abort: null });
      return;
    }
    const url = addressOf("story", at.plan.panel.story, { ...at.query, select: selection });
    if (url === ahead.url) {
      return;
    }
    foresee(null);
    ahead.timer = window.setTimeout(() => {
      if (at.parts.story?.url === url) {
        return;
      }
      const abort = new AbortController();
      // Once, without patience: what is lost here is asked for, and said, when somebody clicks.
      const answer = window.atlasFetched.part(url, abort.signal, []).catch(() => null);
      Object.assign(ahead, { url, abort, answer });
    }, REST_MS);
  }

  // The answer that was foreseen, or is under way; null where another one was.
  function taken(url) {
    const { answer } = ahead.url === url ? ahead : {};
    if (answer) {
      Object.assign(ahead, { url: "", answer: null, abort: null });
    }
    return answer || null;
  }

  // Done when it is told, also for who asks for the same meanwhile.
  function ask(part, keys) {
    const state = at.parts[part] || (at.parts[part] = { url: "", abort: null });
    const url = addressOf(part, keys, at.query);
    if (state.url !== url) {
      state.done = answered(part, state, url);
    }
    return state.done;
  }

  async function answered(part, state, url) {
    Object.assign(state, { url, lost: false });
    if (state.abort) {
      state.abort.abort();
    }
    state.abort = new AbortController();
    const late = window.setTimeout(() => waiting(part, true), PATIENCE_MS);
    let told = null;
    try {
      const there = await taken(url) || await window.atlasFetched.part(url, state.abort.signal);
      told = there.firstElementChild;
      if (!told && state.url === url) {
        // The study was being read again and had nothing to tell: to be asked once more when it has.
        state.url = "";
      }
    } catch (fault) {
      told = fault.name === "AbortError" ? null : unanswered(state);
    }
    window.clearTimeout(late);
    if (told && state.url === url) {
      tell(part, told);
    }
  }

  // Both parts can be lost, one after the other: either button asks for what is.
  function unanswered(state) {
    const told = document.createElement("div");
    Object.assign(told.dataset, { title: "Selected", number: "" });
    state.lost = true;
    told.append(window.atlasFetched.unanswered(() => {
      for (const one of Object.values(at.parts).filter(({ lost }) => lost)) {
        Object.assign(one, { url: "", lost: false });
      }
      follow(at.plan, at.query, at.mode, at.version);
    }));
    return told;
  }

  function waiting(part, on) {
    const panel = element("panel");
    if (part !== "story") {
      return;
    }
    panel.classList.toggle("is-waiting", on);
    panel.setAttribute("aria-busy", String(on));
    if (on && panel.hidden) {
      element("panel-title").textContent = "Loading …";
      element("panel-body").replaceChildren();
      element("panel-similarity").replaceChildren();
      show(true);
    }
  }

  function forget() {
    for (const state of Object.values(at.parts)) {
      state.url = "";
      if (state.abort) {
        state.abort.abort();
      }
    }
    waiting("story", false);
    show(false);
    ["panel-title", "panel-body", "panel-similarity"].forEach((id) => element(id).replaceChildren());
  }

  // The state as the address has it; null where there is nothing to tell of.
  function follow(plan, query, mode, version) {
    Object.assign(at, { plan, query, mode, version });
    if (!query || !(query.select || []).some(Boolean)) {
      forget();
      return Promise.resolve();
    }
    // One after the other: what is there already need not wait for what has to be computed.
    return ask("story", plan.panel.story).then(() => {
      if (at.query === query) {
        ask("similarity", plan.panel.similarity);
      }
    });
  }

  // A click does not wait for the address; done when the panel tells of it.
  async function select(selection) {
    if (at.query) {
      await follow(at.plan, { ...at.query, select: selection }, at.mode, at.version);
    }
  }

  window.atlasPanel = { follow, select, foresee };
})();
