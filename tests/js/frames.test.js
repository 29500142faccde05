const test = require("node:test");
const assert = require("node:assert/strict");
const framesOf = require("../../tools/plotly/frames.cjs");

const figure = (width, size = 9) => ({ data: [{ textfont: { size } }], layout: { width }, config: {} });

// A figure that is drawn when it is told to be, as plotly does: its layout is another one at once.
function drawing(frames, gd, one) {
  let tell;
  const drawn = new Promise((does) => { tell = does; });
  const done = frames.begin(gd, one, () => {
    Object.assign(gd, JSON.parse(JSON.stringify(one)));
    return drawn;
  });
  return { done, tell };
}

async function drawn(frames, gd, one) {
  const { done, tell } = drawing(frames, gd, one);
  tell();
  assert.equal(await done, gd);
}

test("a figure stands in its frame once it is drawn, until somebody changes that", async () => {
  const frames = framesOf();
  const gd = {};
  const { done, tell } = drawing(frames, gd, figure(1));
  assert.equal(frames.of(gd, figure(1)), null);
  tell();
  await done;
  assert.notEqual(frames.of(gd, figure(1)), null);
  assert.equal(frames.of(gd, figure(2)), null);
  assert.equal(frames.of(gd, { ...figure(1), config: { locale: "de" } }), null);
  gd.layout.range = [0, 1];
  assert.equal(frames.of(gd, figure(1)), null);
  delete gd.layout.range;
  frames.forget(gd);
  assert.equal(frames.of(gd, figure(1)), null);
});

test("a layout that was replaced before it was drawn is nobody's frame", async () => {
  const frames = framesOf();
  const gd = {};
  const first = drawing(frames, gd, figure(1));
  const second = drawing(frames, gd, figure(2));
  first.tell();
  await first.done;
  // Told of the first, it would be taken for standing in the layout of the second.
  assert.equal(frames.of(gd, figure(1)), null);
  assert.equal(frames.of(gd, figure(2)), null);
  second.tell();
  await second.done;
  assert.equal(frames.of(gd, figure(1)), null);
  assert.notEqual(frames.of(gd, figure(2)), null);

  const third = drawing(frames, gd, figure(3));
  gd.layout = { width: 4 }; // by another way than this one
  third.tell();
  await third.done;
  assert.equal(frames.of(gd, figure(3)), null);

  const fourth = drawing(frames, gd, figure(5));
  frames.forget(gd);
  fourth.tell();
  await fourth.done;
  assert.equal(frames.of(gd, figure(5)), null);
});

test("who is fitted to the room stands as given, with letters as they were given", async () => {
  const frames = framesOf();
  const gd = {};
  await drawn(frames, gd, figure(1));
  const fits = (width, size) => frames.fit(gd, [0], () => {
    gd.layout.width = width;
    gd.data[0].textfont.size = size;
    return "done";
  });
  assert.equal(fits(3, 12), "done");
  assert.equal(frames.of(gd, figure(1)).sizes.get(0), 9);
  fits(2, 10);
  assert.equal(frames.of(gd, figure(1)).sizes.get(0), 9);
  assert.equal(frames.of(gd, figure(2)), null);
  // Without letters, too.
  frames.fit(gd, [], () => { gd.layout.ticks = [1]; });
  assert.notEqual(frames.of(gd, figure(1)), null);
});

test("who was zoomed into is fitted and stands in no frame", async () => {
  const frames = framesOf();
  const gd = {};
  await drawn(frames, gd, figure(1));
  gd.layout.range = [0, 1];
  frames.fit(gd, [0], () => { gd.layout.width = 3; });
  assert.equal(frames.of(gd, figure(1)), null);
  const unknown = figure(1);
  assert.equal(frames.fit(unknown, [0], () => "done"), "done");
  assert.equal(frames.of(unknown, figure(1)), null);
});
