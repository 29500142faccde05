const test = require("node:test");
const assert = require("node:assert/strict");
const asText = require("../../tools/plotly/as-text.cjs");
const framesOf = require("../../tools/plotly/frames.cjs");

const bytes = (...values) => new Uint8Array(values).buffer;
const packed = (...values) => ({ dtype: "i1", bdata: bytes(...values), shape: "3" });

test("lists that came as bytes are the same where their bytes are", () => {
  assert.equal(asText({ x: packed(1, 2, 3) }), asText({ x: packed(1, 2, 3) }));
  assert.notEqual(asText({ x: packed(1, 2, 3) }), asText({ x: packed(1, 2, 4) }));
  assert.notEqual(asText({ x: packed(12, 3) }), asText({ x: packed(1, 23) }));
  assert.notEqual(asText({ x: packed() }), asText({ x: { ...packed(), bdata: {} } }));
  assert.notEqual(asText({ x: bytes(1, 2) }), asText({ x: "1,2" }));
});

test("what plotly keeps beside a list it has read counts for nothing", () => {
  const read = { ...packed(1, 2, 3), _inputArray: new Int8Array([1, 2, 3]) };
  assert.equal(asText({ x: read }), asText({ x: packed(1, 2, 3) }));
});

test("a figure whose layout has other bytes does not stand in the frame of the one before", async () => {
  const frames = framesOf();
  const gd = {};
  const figure = (...at) => ({ data: [], layout: { xaxis: { tickvals: packed(...at) } }, config: {} });
  await frames.begin(gd, figure(1, 2, 3), () => {
    Object.assign(gd, figure(1, 2, 3));
    return Promise.resolve(gd);
  });
  assert.notEqual(frames.of(gd, figure(1, 2, 3)), null);
  assert.equal(frames.of(gd, figure(1, 2, 4)), null);
  gd.layout.xaxis.tickvals = packed(3, 2, 1);
  assert.equal(frames.of(gd, figure(1, 2, 3)), null);
});
