// Notices that the files of the study have changed, and offers them; the reader decides when.
// See dashboard/server/study_versions.py; what is done is decided in version-state.js.
(function () {
  const EVERY_MS = 2500;
  const element = (id) => document.getElementById(id);
  let offered = null;  // the version on offer
  let state = null;
  let timer = null;

  // waits: the server has yet to read what there is.
  function offer(found, waits = false) {
    const version = found && found.version;
    if (version === offered) {
      return;
    }
    offered = version;
    if (waits) {
      banner("The server has started again and is reading this study; new figures wait for that.");
    } else if (found) {
      banner(
        found.readable
          ? "The files of this study have changed since this page was drawn."
          : "The files of this study have changed and cannot be read as they are now.",
        found.readable ? "Show the new data" : "Show what is wrong",
      );
    } else {
      element("offer").hidden = true;
    }
  }

  // button: what it says; none where there is nothing to do but to wait.
  function banner(text, button) {
    element("offer-text").textContent = text;
    element("offer-take").textContent = button || "";
    element("offer-take").hidden = !button;
    element("offer").hidden = false;
  }

  async function look() {
    const shown = window.atlasNavigation && window.atlasNavigation.shown();
    if (!shown || document.hidden) {
      return;
    }
    const answer = await window.fetch("/editions", { cache: "no-store" });
    if (!answer.ok) {
      return;
    }
    const found = (await answer.json())[shown.study];
    state = window.atlasVersions.look(state || window.atlasVersions.START, shown, found);
    if (state.does === "again") {
      window.atlasNavigation.again();
    } else if (state.does === "offer" || state.does === "wait") {
      offer(found, state.does === "wait");
    } else {
      offer(null);
      if (state.does === "tell") {
        banner("The files of this study had changed: all figures now show the new data.", "OK");
      }
    }
  }

  async function keepLooking() {
    window.clearTimeout(timer);
    try {
      await look();
    } catch {
      // The server is away for a moment, or restarts; the next time will tell.
    }
    timer = window.setTimeout(keepLooking, EVERY_MS);
  }

  document.addEventListener("click", (event) => {
    if (!event.target.closest("#offer-take")) {
      return;
    }
    if (offered) {
      state = window.atlasVersions.take(state);
      offer(null);
      window.atlasNavigation.again();
    } else {
      element("offer").hidden = true;
    }
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) {
      keepLooking();
    }
  });
  keepLooking();
})();
