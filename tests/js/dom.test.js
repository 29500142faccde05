const test = require("node:test");
const assert = require("node:assert/strict");
const { load } = require("./load.js");

// An element as far as it is asked: its own classes and ids, and those around it.
const inside = (...around) => ({
  nodeType: 1,
  closest: (selectors) => selectors.split(",").some((one) => around.includes(one)) || null,
});
const text = { nodeType: 3 };
const change = (target, addedNodes = [], removedNodes = []) => ({ target, addedNodes, removedNodes });

// How often who wants to hear of drawings heard of these changes, one frame after the other.
function heard(...frames) {
  let tell = null;
  let later = [];
  const window = { requestAnimationFrame: (does) => later.push(does) };
  class MutationObserver {
    constructor(does) { tell = does; }
    observe() {}
  }
  load("base/dom.js", window, { MutationObserver, document: {} });
  let times = 0;
  window.atlasDom.whenDrawn(() => { times += 1; });
  frames.forEach((batches) => {
    batches.forEach((changes) => tell(changes));
    const now = later;
    later = [];
    now.forEach((does) => does());
  });
  return times;
}

test("what is drawn is heard of once a frame", () => {
  const drawn = change(inside("#workspace"), [inside()]);
  assert.equal(heard([[drawn], [drawn, drawn]], [[drawn]]), 2);
});

test("what passes with the pointer is not heard of, alone", () => {
  const body = inside();
  const passing = [
    change(inside(".hoverlayer"), [text]), change(body, [], [inside(".dragcover")]),
    change(body, [inside(".selection-marks")]), change(inside("#panel"), [inside("#panel"), text]),
    change(inside("title"), [text], [text]),
  ];
  assert.equal(heard([passing]), 0);
  assert.equal(heard([passing, [...passing, change(body, [inside()])]]), 1);
  // One thing that passes takes no other along, and a document has no place in a page.
  assert.equal(heard([[change(body, [inside(".dragcover"), inside()])]]), 1);
  assert.equal(heard([[change({ nodeType: 9 }, [inside()])]]), 1);
});

test("one of a noun is no several", () => {
  const { counted } = load("base/dom.js", {}, { MutationObserver: class { observe() {} }, document: {} }).atlasDom;
  assert.deepEqual([0, 1, 2000].map((count) => counted(count, "row")), ["0 rows", "1 row", "2,000 rows"]);
});
