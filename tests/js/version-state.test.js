const test = require("node:test");
const assert = require("node:assert/strict");
const { load } = require("./load.js");

const { START, look, take } = load("state/version-state.js").atlasVersions;
const page = (version, more = {}) => ({ study: "a", version, unreadable: false, ...more });
const found = (version, readable = true) => ({ version, readable });

test("what is shown and there rests, what is newer is offered", () => {
  assert.equal(look(START, page("1"), found("1")).does, "rest");
  assert.equal(look(START, page("1"), found("2")).does, "offer");
  assert.equal(look(START, page("1"), undefined).does, "rest");
});

test("a list of problems is brought up to date by itself", () => {
  assert.equal(look(START, page("1", { unreadable: true }), found("2")).does, "again");
});

test("a study that was being read is asked for as soon as it is there, or called otherwise", () => {
  const reading = page("reading", { unreadable: true });
  assert.equal(look(START, reading, found("reading", false)).does, "rest");
  assert.equal(look(START, reading, found("1")).does, "again");
  assert.equal(look(START, reading, undefined).does, "again");
});

test("a server that reads the study again is waited for, whatever is shown: no file is wrong", () => {
  for (const version of ["reading", "reading-0", "reading-7"]) {
    assert.equal(look(START, page("1"), found(version, false)).does, "wait");
    assert.equal(look(START, page("1", { unreadable: true }), found(version, false)).does, "wait");
  }
  const waiting = look(START, page("1"), found("reading", false));
  assert.equal(look(waiting, page("1"), found("1")).does, "rest");
  assert.equal(look(waiting, page("1"), found("2")).does, "offer");
  assert.equal(look(waiting, page("1"), found("2", false)).does, "offer");
});

test("a study that is verified is asked for as it gets on", () => {
  const at = (version) => page(version, { unreadable: true });
  assert.equal(look(START, at("reading"), found("reading-0", false)).does, "again");
  assert.equal(look(START, at("reading-3"), found("reading-3", false)).does, "rest");
  assert.equal(look(START, at("reading-3"), found("reading-4", false)).does, "again");
  assert.equal(look(START, at("reading-9"), found("1")).does, "again");
});

test("what is being asked for is not asked for again: the answer to the first would be lost", () => {
  const asking = { unreadable: true, asking: true };
  assert.equal(look(START, page("reading", asking), found("1")).does, "rest");
  assert.equal(look(START, page("reading", asking), undefined).does, "rest");
  assert.equal(look(START, page("1", asking), found("2")).does, "rest");
});

test("new data that came with a control are told of, those that were asked for are not", () => {
  const before = look(START, page("1"), found("2"));
  assert.equal(look(before, page("2"), found("2")).does, "tell");
  const asked = look(take(before), page("2"), found("2"));
  assert.equal(asked.does, "rest");
  assert.equal(asked.taken, false);
  assert.equal(look(asked, page("3"), found("3")).does, "tell");
});

test("another study, and one that could not be read, are no change", () => {
  const before = look(START, page("1"), found("1"));
  assert.equal(look(before, page("2", { study: "b" }), found("2")).does, "rest");
  const broken = look(START, page("1", { unreadable: true }), found("1"));
  assert.equal(look(broken, page("2"), found("2")).does, "rest");
  // What was asked for is still to come while another study is shown.
  assert.equal(look(take(before), page("2", { study: "b" }), found("2")).taken, true);
});
