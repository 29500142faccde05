const test = require("node:test");
const assert = require("node:assert/strict");
const { load } = require("./load.js");

// The script with a network that can come back: unanswered, and what tells of that.
function page() {
  const listens = {};
  const window = { addEventListener: (kind, does) => { listens[kind] = does; } };
  const created = () => ({ dataset: {}, isConnected: true, append() {}, addEventListener() {} });
  const document = { createElement: created, addEventListener() {} };
  load("page/fetched.js", window, { document, MutationObserver: class { observe() {} } });
  return { unanswered: window.atlasFetched.unanswered, online: () => listens.online() };
}

test("what is lost is asked for once when the network is back, a refusal and what is gone are not", () => {
  const { unanswered, online } = page();
  const asked = [];
  unanswered(() => asked.push("table"));
  unanswered(() => asked.push("refused"), "This method is not in the study.");
  unanswered(() => asked.push("gone")).isConnected = false;
  online();
  online();
  assert.deepEqual(asked, ["table"]);
});
