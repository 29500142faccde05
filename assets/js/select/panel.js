// The panel: asked for here, beside Dash. Replacing its components through a callback cost 280
// dispatches of Dash's store a click, most of a second; see benchmarks/README.md.
(function () {
  const PATIENCE_MS = 300;
  const at = { plan: null, query: null, mode: "", version: "", number: "", parts: {} };

  const element = (id) => document.getElementById(id);

  // The server's answer is one element: its texts, the heading beside them.
  function tell(part, told) {
    const title = element("panel-title");
    const { title: heading, number } = told.dataset;
    if (part === "story" && (title.textContent !== heading || at.number !== number)) {
      title.textContent = heading;
      at.number = number;
      element("panel").scrollTop = 0;
    }
    element(part === "story" ? "panel-body" : "panel-similarity").replaceChildren(...told.childNodes);
    window.atlasSelection.remark();
  }

  // -- when it is asked --------------------------------------------------------------------------

  async function ask(part, keys) {
    const state = at.parts[part] || (at.parts[part] = { url: "", abort: null });
    const url = window.atlasFetched.address(`panel/${part}`, keys, at.query, at.mode, at.version);
    if (state.url === url) {
      return;
    }
    Object.assign(state, { url, lost: false });
    if (state.abort) {
      state.abort.abort();
    }
    state.abort = new AbortController();
    const late = window.setTimeout(() => waiting(part, true), PATIENCE_MS);
    let told = null;
    try {
      told = (await window.atlasFetched.part(url, state.abort.signal)).firstElementChild;
    } catch (fault) {
      told = fault.name === "AbortError" ? null : unanswered(state);
    }
    window.clearTimeout(late);
    if (told && state.url === url) {
      tell(part, told);
      waiting(part, false);
      element("panel").hidden = false;
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
      panel.hidden = false;
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
    element("panel").hidden = true;
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

  window.atlasPanel = { follow, select };
})();
