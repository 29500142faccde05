// Notices that the files of the study have changed, and offers them; the reader decides when.
// See dashboard/editions.py.
(function () {
  const EVERY_MS = 2500;
  const tell = (id, props) => window.dash_clientside.set_props(id, props);
  let offered = null;  // the edition on offer
  let timer = null;

  function offer(found) {
    const edition = found && found.edition;
    if (edition === offered) {
      return;
    }
    offered = edition;
    tell("offer", { hidden: !found });
    if (found) {
      tell("offer-text", {
        children: found.readable
          ? "The files of this study have changed since this page was drawn."
          : "The files of this study have changed and cannot be read as they are now.",
      });
      tell("offer-take", { children: found.readable ? "Show the new data" : "Show what is wrong" });
    }
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
    if (!found || found.edition === shown.edition) {
      offer(null);
    } else if (shown.unreadable) {
      // A list of problems has no state to lose: it is brought up to date by itself.
      window.atlasNavigation.again();
    } else {
      offer(found);
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
    if (event.target.closest("#offer-take")) {
      offer(null);
      window.atlasNavigation.again();
    }
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) {
      keepLooking();
    }
  });
  keepLooking();
})();
