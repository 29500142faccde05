// The panel: asked for and drawn here, beside Dash. Replacing its components through a callback
// cost 280 dispatches of Dash's store a click, most of a second; see benchmarks/README.md.
(function () {
  const PATIENCE_MS = 300;
  // What dashboard/details/routes.py writes; anything else would be a mistake.
  const TAGS = new Set([
    "button", "caption", "code", "dd", "details", "div", "dl", "dt", "h2", "h3", "img", "li", "p",
    "span", "summary", "table", "tbody", "td", "th", "thead", "tr", "ul",
  ]);
  const ATTRIBUTES = { className: "class", tabIndex: "tabindex" };
  const at = { plan: null, query: null, mode: "", number: "", parts: {} };

  // -- what the server tells, as elements: its texts are never HTML ------------------------------

  function built(node) {
    if (node === null || node === undefined || node === false) {
      return [];
    }
    if (Array.isArray(node)) {
      return node.flatMap(built);
    }
    if (typeof node !== "object") {
      return [document.createTextNode(String(node))];
    }
    const tag = node.type.toLowerCase();
    if (!TAGS.has(tag)) {
      throw new Error(`the panel has no ${tag}`);
    }
    const element = document.createElement(tag);
    const { children, ...properties } = node.props;
    for (const [name, value] of Object.entries(properties)) {
      if (value === true) {
        element.setAttribute(name, "");
      } else if (value !== false && value !== null && value !== undefined) {
        element.setAttribute(ATTRIBUTES[name] || name, String(value));
      }
    }
    element.append(...built(children));
    return [element];
  }

  const element = (id) => document.getElementById(id);

  function tell(part, told) {
    const title = element("panel-title");
    if (part === "story" && (title.textContent !== told.title || at.number !== told.number)) {
      title.textContent = told.title;
      at.number = told.number;
      element("panel").scrollTop = 0;
    }
    element(part === "story" ? "panel-body" : "panel-similarity").replaceChildren(...built(told.body));
    window.atlasSelection.remark();
  }

  // -- when it is asked --------------------------------------------------------------------------

  function address(part, keys) {
    const asked = new URLSearchParams();
    for (const key of keys) {
      (at.query[key] || []).forEach((value) => asked.append(key, value));
    }
    asked.append("mode", at.mode);
    return `panel/${part}?${asked}`;
  }

  async function ask(part, keys) {
    const state = at.parts[part] || (at.parts[part] = { url: "", abort: null });
    const url = address(part, keys);
    if (state.url === url) {
      return;
    }
    state.url = url;
    if (state.abort) {
      state.abort.abort();
    }
    state.abort = new AbortController();
    const { signal } = state.abort;
    const late = window.setTimeout(() => waiting(part, true), PATIENCE_MS);
    let told = null;
    try {
      const answer = await window.fetch(url, { signal, credentials: "same-origin" });
      told = answer.ok ? await answer.json() : unanswered(answer.status);
    } catch (fault) {
      told = fault.name === "AbortError" ? null : unanswered("");
    }
    window.clearTimeout(late);
    if (told && state.url === url) {
      // What failed is asked for again when it is selected again.
      state.url = told.failed ? "" : url;
      tell(part, told);
      waiting(part, false);
      element("panel").hidden = false;
    }
  }

  function unanswered(status) {
    const text = `The server did not answer${status ? ` (${status})` : ""}: select it again.`;
    const box = { type: "Div", props: { className: "box box-warning", children: text } };
    return { title: "Selected", body: [box], failed: true };
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
  function follow(plan, query, mode) {
    Object.assign(at, { plan, query, mode });
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
      await follow(at.plan, { ...at.query, select: selection }, at.mode);
    }
  }

  window.atlasPanel = { follow, select };
})();
