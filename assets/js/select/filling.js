// What is told in a frame that scrolls, from its top: as much as fills the frame at once, the rest
// when that was painted. A pair's panel is twice as long as a window is high, and half of what a
// click took was laying out and painting what nobody saw.
(function () {
  let usual = 1; // pieces that filled the frame the last time

  // place: in the frame, anew with all pieces, one after the other.
  function fill(frame, place, pieces) {
    let there = Math.min(usual, pieces.length);
    place.replaceChildren(...pieces.slice(0, there));
    frame.scrollTop = 0;
    // On a phone the frame grows with what is in it, up to its largest height.
    const below = (piece) => piece.getBoundingClientRect().bottom >= frame.getBoundingClientRect().bottom;
    while (there < pieces.length && !below(pieces[there - 1])) {
      place.append(pieces[there]);
      there += 1;
    }
    usual = Math.max(1, pieces.slice(0, there).findIndex(below) + 1 || there);
    if (there < pieces.length) {
      window.requestAnimationFrame(() => window.setTimeout(() => {
        // Not where something else was told meanwhile.
        if (pieces[there - 1].parentNode === place) {
          place.append(...pieces.slice(there));
        }
      }));
    }
  }

  window.atlasFilling = { fill };
})();
