const test = require("node:test");
const assert = require("node:assert/strict");
const { load } = require("./load.js");

const { START, step, shown } = load("widgets/job-state.js").atlasJobs;
const WORK = { work: { layer: 1 }, title: "CKA", note: "about 10 s", offered: false };
const after = (...events) => events.reduce((state, [event, about]) => step(state, event, about), START);

test("what is short begins by itself, what is long is offered", () => {
  const running = after(["wanted", WORK]);
  assert.equal(running.phase, "running");
  assert.equal(running.begins, true);
  assert.equal(running.said, "Starting … about 10 s");
  const offered = after(["wanted", { ...WORK, offered: true }]);
  assert.equal(offered.phase, "offered");
  assert.equal(offered.begins, false);
  assert.equal(shown(offered).start, "Start");
  assert.equal(shown(offered).title, "CKA can be computed");
  const named = after(["wanted", { ...WORK, title: "association of 45 tasks" }]);
  assert.equal(shown(named).title, "Association of 45 tasks is being computed");
});

test("the same question again begins nothing", () => {
  const again = after(["wanted", WORK], ["wanted", { ...WORK }]);
  assert.equal(again.times, 1);
  assert.equal(again.begins, false);
});

test("another question begins anew", () => {
  const other = after(["wanted", WORK], ["cancel"], ["wanted", { ...WORK, work: { layer: 2 } }]);
  assert.equal(other.phase, "running");
  assert.equal(other.times, 2);
});

test("cancelled, it goes on where it stood", () => {
  const stopped = after(["wanted", WORK], ["cancel"]);
  assert.equal(stopped.phase, "stopped");
  assert.equal(shown(stopped).start, "Go on");
  assert.equal(step(stopped, "start").phase, "running");
  assert.equal(step(stopped, "ended", { done: true }).phase, "stopped");
});

test("done, its figures are drawn again and the card goes", () => {
  const done = after(["wanted", WORK], ["ended", { done: true }]);
  assert.equal(done.redraws, true);
  assert.equal(shown(done).hidden, true);
});

test("done and wanted again, it does not go round in circles", () => {
  const gone = after(["wanted", WORK], ["ended", { done: true }], ["wanted", WORK]);
  assert.equal(gone.phase, "ended");
  assert.equal(gone.begins, false);
  assert.match(gone.said, /gone or out of date/);
});

test("an end that is none says why", () => {
  const ended = after(["wanted", WORK], ["ended", { done: false, ended: "the disk is full" }]);
  assert.equal(ended.said, "The disk is full. What was finished is kept.");
});

test("a job that nobody knows any more has ended, a newer one has not", () => {
  const running = after(["wanted", WORK]);
  assert.equal(step(running, "lost", 1).phase, "ended");
  assert.equal(step(running, "lost", 0).phase, "running");
  assert.equal(step(step(running, "cancel"), "lost", 1).phase, "stopped");
});
