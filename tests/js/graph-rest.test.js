const test = require("node:test");
const assert = require("node:assert/strict");
const { load } = require("./load.js");

const { rests, STILL_FRAMES } = load("widgets/graph-rest.js").atlasGraphRest;

// A window, and a renderer that asks it for frame after frame, as Cytoscape does.
function drawing() {
  let asked = [];
  const view = { requestAnimationFrame: (does) => asked.push(does) };
  const told = [];
  const early = [];
  const renderer = {
    drawn: 0,
    wanted: false,
    notify(...what) {
      told.push(what);
      this.redraw();
      return "told";
    },
    redraw() { this.wanted = true; },
    beforeRender: (does) => early.push(does),
  };
  const loop = () => {
    early.forEach((does) => does(renderer.wanted));
    renderer.drawn += renderer.wanted;
    renderer.wanted = false;
    view.requestAnimationFrame(loop);
  };
  const frames = (count) => {
    for (let at = 0; at < count; at += 1) {
      const now = asked;
      asked = [];
      now.forEach((does) => does());
    }
  };
  rests(renderer, view);
  loop();
  return { view, renderer, frames, told, asked: () => asked.length };
}

test("a graph that draws nothing for a while asks for no more frames", () => {
  const { frames, asked } = drawing();
  frames(STILL_FRAMES - 1);
  assert.equal(asked(), 1);
  frames(1);
  assert.equal(asked(), 0);
});

test("others get their frames meanwhile, as before", () => {
  const { view, frames } = drawing();
  const { requestAnimationFrame: ask } = view;
  frames(2 * STILL_FRAMES);
  assert.equal(view.requestAnimationFrame, ask);
  let came = false;
  view.requestAnimationFrame(() => { came = true; });
  frames(1);
  assert.equal(came, true);
});

test("what is to be drawn is drawn in the next frame, and again a while later it rests", () => {
  const { renderer, frames, told, asked } = drawing();
  frames(2 * STILL_FRAMES);
  renderer.redraw();
  renderer.redraw();
  assert.equal(asked(), 1);
  frames(1);
  assert.equal(renderer.drawn, 1);
  frames(2 * STILL_FRAMES);
  assert.equal(asked(), 0);
  assert.equal(renderer.notify("style", 3), "told");
  assert.deepEqual(told, [["style", 3]]);
  frames(1);
  assert.equal(renderer.drawn, 2);
});

test("one that draws now and then does not rest", () => {
  const { renderer, frames, asked } = drawing();
  for (let at = 0; at < 5; at += 1) {
    frames(STILL_FRAMES - 2);
    renderer.redraw();
    frames(1);
  }
  assert.equal(asked(), 1);
  assert.equal(renderer.drawn, 5);
});
