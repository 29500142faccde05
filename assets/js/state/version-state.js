// What a page does about the version of its study that the server has: nothing of the page here.
// drawn: what was shown when last looked. taken: the reader asked for the new data.
// does: `again` asks for the page anew, `offer` offers what was found, `wait` says that the server
// reads the study again, `tell` says that new data came with something else, `rest` takes back what
// was said.
(function () {
  const START = Object.freeze({ drawn: null, taken: false });
  // The version of a study that the server has not read yet, `reading`, or has not verified to the
  // end, `reading-3`: it changes with how far that is.
  const isUnread = (version) => version === "reading" || version.startsWith("reading-");

  // A control that is moved brings the new data into all figures, asked for or not.
  const swapped = (drawn, shown) =>
    Boolean(drawn) && drawn.study === shown.study && drawn.version !== shown.version;

  // Dash drops the answer to a question that is asked again: it is waited for, or it never comes
  // where answers take longer than it is until the next look.
  const anew = (shown) => (shown.asking ? "rest" : "again");

  function does(state, shown, found) {
    if (isUnread(shown.version) && !(found && found.version === shown.version)) {
      // It is there, or further, or turned out to be called otherwise.
      return anew(shown);
    }
    if (!found || found.version === shown.version) {
      const silently = swapped(state.drawn, shown)
        && !state.taken && !state.drawn.unreadable && !shown.unreadable;
      return silently ? "tell" : "rest";
    }
    if (isUnread(found.version)) {
      // The server has started again: nobody knows yet whether the files are others.
      return "wait";
    }
    // A list of problems has no state to lose: it is brought up to date by itself.
    return shown.unreadable ? anew(shown) : "offer";
  }

  // shown: of the page, study, version, unreadable, asking. found: of the server, version, readable;
  // undefined where it has no such study.
  function look(state, shown, found) {
    const taken = state.taken && !swapped(state.drawn, shown);
    return { drawn: shown, taken, does: does(state, shown, found) };
  }

  window.atlasVersions = { START, look, take: (state) => ({ ...state, taken: true }) };
})();
