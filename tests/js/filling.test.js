const test = require("node:test");
const assert = require("node:assert/strict");
const { load } = require("./load.js");

// A frame 100 pixels high, and pieces of which each lies below the one before.
function page() {
  const later = [];
  const window = { requestAnimationFrame: (does) => later.push(does), setTimeout: (does) => later.push(does) };
  const { fill } = load("select/filling.js", window).atlasFilling;
  const frame = { scrollTop: 70, getBoundingClientRect: () => ({ bottom: 100 }) };
  const place = {
    pieces: [],
    replaceChildren(...pieces) {
      this.pieces.forEach((piece) => { piece.parentNode = null; });
      this.pieces = [];
      this.append(...pieces);
    },
    append(...pieces) {
      pieces.forEach((piece) => { piece.parentNode = this; });
      this.pieces.push(...pieces);
    },
  };
  const made = (...heights) => heights.map((height, at) => ({
    parentNode: null,
    getBoundingClientRect: () => ({ bottom: heights.slice(0, at + 1).reduce((sum, one) => sum + one, 0) }),
  }));
  const painted = () => { while (later.length) { later.shift()(); } };
  return { fill, frame, place, made, painted };
}

test("a frame is filled from its top, the rest comes when that was painted", () => {
  const { fill, frame, place, made, painted } = page();
  const pieces = made(40, 40, 40, 40, 40);
  fill(frame, place, pieces);
  assert.equal(frame.scrollTop, 0);
  assert.deepEqual(place.pieces, pieces.slice(0, 3));
  painted();
  assert.deepEqual(place.pieces, pieces);
});

test("as many as filled it before come at once, and more where those do not", () => {
  const { fill, frame, place, made, painted } = page();
  fill(frame, place, made(10, 10, 10, 10, 80, 10));
  painted();
  const long = made(60, 60, 60, 60, 60, 60);
  fill(frame, place, long);
  assert.deepEqual(place.pieces, long.slice(0, 5));
  painted();
  fill(frame, place, long);
  assert.deepEqual(place.pieces, long.slice(0, 2));
  painted();
  const short = made(10, 10, 10);
  fill(frame, place, short);
  assert.deepEqual(place.pieces, short);
  fill(frame, place, []);
  assert.deepEqual(place.pieces, []);
});

test("what is told meanwhile gets no rest of what was told before", () => {
  const { fill, frame, place, made, painted } = page();
  const [first, second] = [made(200, 10), made(200, 10)];
  fill(frame, place, first);
  fill(frame, place, second);
  painted();
  assert.deepEqual(place.pieces, second);
  fill(frame, place, first);
  place.replaceChildren();
  painted();
  assert.deepEqual(place.pieces, []);
});

test("a frame that cannot be seen is filled with one piece and then with all", () => {
  const { fill, place, made, painted } = page();
  const nowhere = { getBoundingClientRect: () => ({ bottom: 0 }) };
  const pieces = made(0, 0, 0);
  fill(nowhere, place, pieces);
  assert.equal(place.pieces.length, 1);
  painted();
  assert.deepEqual(place.pieces, pieces);
});

test("a frame that grows with what is in it is filled up to its largest height", () => {
  const { fill, place, made } = page();
  const growing = { getBoundingClientRect: () => ({
    bottom: Math.min(100, 16 + place.pieces.at(-1).getBoundingClientRect().bottom) }) };
  const pieces = made(40, 40, 40, 40);
  fill(growing, place, pieces);
  assert.deepEqual(place.pieces, pieces.slice(0, 3));
});
