// Parts of the page that the server makes as HTML, escaped there: tables, and the panel's texts.
// A table is fetched when it can be seen. See dashboard/ui/fetched.py.
(function () {
  const LATE_MS = 300;
  const at = { query: null, mode: "", version: "", keys: new Map() };
  const states = new WeakMap(); // place -> { url, abort }

  function address(path, keys, query, mode, version) {
    const asked = new URLSearchParams();
    for (const key of keys) {
      (query[key] || []).forEach((value) => asked.append(key, value));
    }
    asked.append("mode", mode);
    if (version) {
      // Changed files are another question; the server reads them anyway.
      asked.append("version", version);
    }
    return `${path}?${asked}`;
  }

  // The answer as a fragment; throws where there is none. pauses: between tries, those of requests.js
  // if none are told.
  async function part(url, signal, pauses) {
    const answer = await window.atlasRequests.patiently(url, { signal, credentials: "same-origin" }, pauses);
    if (!answer.ok) {
      throw new Error(String(answer.status));
    }
    const template = document.createElement("template");
    template.innerHTML = await answer.text();
    return template.content;
  }

  // Boxes that say so -> what asks again: whoever has a network again need not click.
  const lost = new Map();
  window.addEventListener("online", () => {
    const all = [...lost];
    lost.clear();
    all.forEach(([box, again]) => box.isConnected && again());
  });

  // What stands in place of an answer that is lost, or that the server refuses in a sentence.
  function unanswered(again, refusal = "") {
    const box = document.createElement("div");
    box.className = "box box-warning";
    const said = document.createElement("p");
    said.textContent = `${refusal || "The server did not answer."} `;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "tool";
    button.textContent = "Try again";
    button.addEventListener("click", again);
    said.append(button);
    box.append(said);
    [...lost.keys()].filter((one) => !one.isConnected).forEach((one) => lost.delete(one));
    if (!refusal) {
      lost.set(box, again);
    }
    return box;
  }

  async function show(place) {
    const keys = at.keys.get(place.dataset.fetched);
    if (!keys || !at.query || place.closest("details:not([open])")) {
      return;
    }
    const url = address(`fetched/${place.dataset.fetched}`, keys, at.query, at.mode, at.version);
    const state = states.get(place) || { url: "", abort: null };
    if (state.url === url) {
      return;
    }
    if (state.abort) {
      state.abort.abort();
    }
    Object.assign(state, { url, abort: new AbortController() });
    states.set(place, state);
    const late = window.setTimeout(() => {
      place.setAttribute("aria-busy", "true");
      if (!place.firstChild) {
        place.textContent = "Loading …";
      }
    }, LATE_MS);
    let shown = null;
    try {
      shown = await part(url, state.abort.signal);
    } catch (fault) {
      if (fault.name !== "AbortError" && state.url === url) {
        state.url = "";
        shown = unanswered(() => show(place));
      }
    }
    window.clearTimeout(late);
    if (shown && (state.url === url || state.url === "")) {
      place.replaceChildren(shown);
      place.removeAttribute("aria-busy");
      window.atlasStanding.came(place);
      document.dispatchEvent(new CustomEvent("atlas:fetched"));
    }
  }

  // Of a tab that somebody most likely opens next, in the state that is shown.
  function expect(pieces) {
    Object.entries(pieces).forEach(([name, keys]) => at.keys.set(name, keys));
    Object.keys(pieces).forEach(seek);
  }

  function seek(name) {
    const place = document.getElementById(name);
    if (place) {
      show(place);
    }
  }

  // The state as the address has it; pieces: of the tab that is shown, name -> keys.
  function follow(pieces, query, mode, version) {
    Object.assign(at, { query, mode, version, keys: new Map(Object.entries(pieces)) });
    [...at.keys.keys()].forEach(seek);
  }

  document.addEventListener("toggle", (event) => {
    if (event.target.open) {
      event.target.querySelectorAll("[data-fetched]").forEach(show);
    }
  }, true);

  // React may make one place of another.
  new MutationObserver((changes) => changes.forEach(({ target }) => show(target)))
    .observe(document, { subtree: true, attributeFilter: ["data-fetched"] });

  window.atlasFetched = { address, part, unanswered, expect, follow };
})();
