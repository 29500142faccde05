// Notices that the files of the study have changed, and offers them; the reader decides when.
// See dashboard/server/study_versions.py.
(function () {
  const EVERY_MS = 2500;
  const BEING_READ = "reading";  // the edition of a study that the server has not read yet
  const tell = (id, props) => window.dash_clientside.set_props(id, props);
  let offered = null;  // the edition on offer
  let drawn = null;    // what was shown when last looked
  let taken = false;   // the reader asked for the new data
  let timer = null;

  function offer(found) {
    const edition = found && found.edition;
    if (edition === offered) {
      return;
    }
    offered = edition;
    if (found) {
      banner(
        found.readable
          ? "The files of this study have changed since this page was drawn."
          : "The files of this study have changed and cannot be read as they are now.",
        found.readable ? "Show the new data" : "Show what is wrong",
      );
    } else {
      tell("offer", { hidden: true });
    }
  }

  function banner(text, button) {
    tell("offer-text", { children: text });
    tell("offer-take", { children: button });
    tell("offer", { hidden: false });
  }

  // A control that is moved brings the new data into all figures, asked for or not.
  function swapped(shown) {
    const before = drawn;
    drawn = shown;
    if (!before || before.study !== shown.study || before.edition === shown.edition) {
      return false;
    }
    const asked = taken;
    taken = false;
    return !asked && !before.unreadable && !shown.unreadable;
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
    const silently = swapped(shown);
    if (shown.edition === BEING_READ && !(found && found.edition === BEING_READ)) {
      // Also where it turned out to be called otherwise.
      window.atlasNavigation.again();
    } else if (!found || found.edition === shown.edition) {
      offer(null);
      if (silently) {
        banner("The files of this study had changed: all figures now show the new data.", "OK");
      }
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
    if (!event.target.closest("#offer-take")) {
      return;
    }
    if (offered) {
      taken = true;
      offer(null);
      window.atlasNavigation.again();
    } else {
      tell("offer", { hidden: true });
    }
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) {
      keepLooking();
    }
  });
  keepLooking();
})();
