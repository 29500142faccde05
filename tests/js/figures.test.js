const test = require("node:test");
const assert = require("node:assert/strict");
const { load } = require("./load.js");

// A figure of a page: laid out unless that is hidden and nothing is made of it beforehand.
function figureOf(page) {
  return {
    getClientRects: () => (page.hidden && !page.ahead ? [] : [{}]),
    getBoundingClientRect: () => ({ top: 0, bottom: 10 }),
    closest: (selector) => (selector === ".page[hidden]" && page.hidden ? page : null),
  };
}

// figures.js, with what it had plotly draw, and what it does in the next frame, after a while, and when
// nothing else is to be done.
function opened() {
  const drawn = [];
  const idle = [];
  const frames = [];
  const turns = [];
  const shown = { clientWidth: 900 };
  const window = {
    performance: { now: () => 0 }, innerHeight: 900,
    requestAnimationFrame: (does) => frames.push(does),
    setTimeout: (does, ms) => ms === undefined && turns.push(does),
    atlasDom: { whenIdle: (does) => idle.push(does) }, atlasCards: { busy: () => false },
    Plotly: { react: (gd) => drawn.push(gd) },
  };
  const document = {
    addEventListener: () => {}, documentElement: { hasAttribute: () => false },
    querySelector: () => shown, querySelectorAll: () => [],
  };
  load("page/figures.js", window, { document, ResizeObserver: class { observe() {} } });
  return { drawn, idle, frames, turns, figures: window.atlasFigures };
}

function hiddenPage() {
  const page = {
    hidden: true, ahead: false, style: {},
    contains: () => true, hasAttribute: () => page.ahead, toggleAttribute: (_, on) => { page.ahead = on; },
  };
  return page;
}

test("a figure of a page that is made beforehand is drawn when nothing else is to be done", () => {
  const { drawn, idle, figures } = opened();
  const page = hiddenPage();
  const gd = figureOf(page);
  figures.expect(page, true);
  assert.equal(page.ahead, true);
  figures.wait(gd, {}, {}, true);
  figures.drawAll();
  assert.deepEqual(drawn, []);
  figures.drawAhead();
  idle.shift()();
  assert.deepEqual(drawn, [gd]);
  assert.equal(page.ahead, true);
});

test("all of a figure is what the one drawn last shows, not the first", () => {
  const { figures } = opened();
  const [xaxis, yaxis] = [{ _rangeInitial0: -0.5, _rangeInitial1: 7.5 }, { _rangeInitial0: 0, _rangeInitial1: 1 }];
  const gd = { ...figureOf(hiddenPage()), _fullLayout: { xaxis, yaxis, title: {} } };
  const layout = { xaxis: { range: [-0.5, 3.5] }, yaxis: { autorange: true, range: [2, 3] }, yaxis2: {}, title: {} };
  gd.closest = () => null;
  gd.getClientRects = () => [{}];
  figures.wait(gd, { layout }, {}, false);
  figures.drawAll();
  assert.deepEqual([xaxis._rangeInitial0, xaxis._rangeInitial1], [-0.5, 3.5]);
  assert.deepEqual([yaxis._rangeInitial0, yaxis._rangeInitial1], [undefined, undefined]);
});

test("what is folded in such a page is not drawn before it is opened", () => {
  const { drawn, idle, figures } = opened();
  const page = hiddenPage();
  const gd = { ...figureOf(page), getClientRects: () => [] };
  figures.wait(gd, {}, {}, true);
  figures.drawAhead();
  idle.shift()();
  assert.deepEqual(drawn, []);
});

test("a figure that can be seen is drawn at once", () => {
  const { drawn, figures } = opened();
  const gd = figureOf({ hidden: false });
  figures.wait(gd, {}, {}, false);
  figures.drawAll();
  assert.deepEqual(drawn, [gd]);
});

test("who waits until figures are painted waits for the last of them, and for none where none is drawn", async () => {
  const { drawn, frames, turns, figures } = opened();
  await figures.painted();
  let seen = false;
  const [one, other] = [figureOf({ hidden: false }), figureOf({ hidden: false })];
  figures.wait(one, {}, {}, false);
  figures.drawAll();
  figures.painted().then(() => { seen = true; });
  const paint = async () => {
    frames.splice(0).forEach((does) => does());
    turns.splice(0).forEach((does) => does());
    await Promise.resolve();
  };
  await Promise.resolve();
  assert.equal(seen, false);
  figures.wait(other, {}, {}, false);
  figures.drawAll();
  await paint();
  assert.deepEqual([drawn, seen], [[one, other], true]);
  await figures.painted();
});
