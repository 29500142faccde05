const test = require("node:test");
const assert = require("node:assert/strict");
const { load, plain } = require("./load.js");

const { found, linesOf, ticked, inSight } = load("state/tick-lines.js").atlasTickLines;
const named = (...names) => names.map((name) => ({ value: name, label: name }));

test("short names stand beside each other, long ones and reasons alone", () => {
  assert.equal(linesOf(named("42", "43")).columns, 4);
  assert.equal(linesOf(named("t0001", "t0002")).columns, 3);
  assert.equal(linesOf(named("distance")).columns, 2);
  assert.equal(linesOf(named("a name that is long")).columns, 1);
  assert.equal(linesOf([{ value: "a", label: "a", reason: "left out" }]).columns, 1);
  assert.equal(plain(linesOf(named("42", "43", "44", "45", "46")).lines).length, 2);
  assert.deepEqual(plain(linesOf([]).lines), []);
});

test("groups stand as they first come, each with all that are in it", () => {
  const options = [
    { value: "a", label: "a", group: "x" }, { value: "b", label: "b" },
    { value: "c", label: "c", group: "x" },
  ];
  const lines = plain(linesOf(options).lines);
  assert.deepEqual(lines.map(({ group }) => group || null), ["x", null, "no group", null]);
  assert.deepEqual(lines[0].members, ["a", "c"]);
  assert.deepEqual(lines[2].members, ["b"]);
});

test("a search is in names, what stands beside them, and groups", () => {
  const options = [{ value: 1, label: "angle", hint: "A" }, { value: 2, label: "b", group: "Angles" }];
  assert.equal(found(options, " ANGLE ").length, 2);
  assert.equal(found(options, "angles").length, 1);
  assert.equal(found(options, "").length, 2);
});

test("what is ticked stands in the order of what is offered", () => {
  const options = named("a", "b", "c");
  assert.deepEqual(plain(ticked(options, ["c"], ["a"], true)), ["a", "c"]);
  assert.deepEqual(plain(ticked(options, ["a", "c"], ["a"], false)), ["c"]);
});

test("only the lines of the window are drawn, and some more", () => {
  assert.deepEqual(plain(inSight(0, 240, 24, 500, 8)), [0, 18]);
  assert.deepEqual(plain(inSight(12000, 240, 24, 500, 8)), [492, 500]);
  assert.deepEqual(plain(inSight(2400, 240, 24, 500, 8)), [92, 118]);
});
