// What a figure stands drawn as: what it was given, and how it was left when that was drawn. Whoever
// changed it since (zoomed into it, say) has another figure; who fitted it to the room there is has
// not. Nothing of plotly here.
"use strict";

const asText = require("./as-text.cjs");

const given = ({ layout, config }) => asText([layout, config]);
const left = (gd) => asText(gd.layout);

module.exports = () => {
  const frames = new WeakMap(); // figure -> { given, left, sizes: place of a trace -> its letters as given }
  const turns = new WeakMap(); // figure -> what was begun last

  // A figure is drawn as a whole. The answer tells that it was: nothing, where another was begun
  // meanwhile or stands in its place.
  function begin(gd, figure, draws) {
    const turn = {};
    const frame = { given: given(figure), sizes: new Map() };
    frames.delete(gd);
    turns.set(gd, turn);
    const drawn = draws();
    const { layout } = gd;
    return drawn.then(() => {
      if (turns.get(gd) === turn && gd.layout === layout) {
        frames.set(gd, Object.assign(frame, { left: left(gd) }));
      }
      return gd;
    });
  }

  function forget(gd) {
    frames.delete(gd);
    turns.delete(gd);
  }

  // The frame it stands in, null where nobody knows.
  function standing(gd) {
    const frame = frames.get(gd);
    return frame && frame.left === left(gd) ? frame : null;
  }

  // The same where this figure has the same.
  function of(gd, figure) {
    const frame = standing(gd);
    return frame && frame.given === given(figure) ? frame : null;
  }

  // A change that the room around it asks for. letters: of which traces their size changes.
  function fit(gd, letters, changes) {
    const frame = standing(gd);
    const sizes = letters.map((at) => [at, gd.data[at].textfont.size]);
    const done = changes();
    if (!frame) {
      return done;
    }
    sizes.filter(([at]) => !frame.sizes.has(at)).forEach(([at, size]) => frame.sizes.set(at, size));
    frame.left = left(gd);
    return done;
  }

  return { begin, forget, of, fit };
};
