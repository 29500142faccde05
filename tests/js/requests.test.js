const test = require("node:test");
const assert = require("node:assert/strict");
const { load } = require("./load.js");

// A server that answers with these statuses, one after the other; no pause takes time.
function meets(...statuses) {
  const paused = [];
  const window = {
    fetch: async () => ({ status: statuses.shift(), headers: { get: () => (statuses.later ? "1" : null) } }),
    setTimeout: (does, ms) => { paused.push(ms); does(); },
  };
  load("page/requests.js", window, { document: { addEventListener: () => {} } });
  return { statuses, paused, patiently: window.atlasRequests.patiently };
}

test("who waits for an answer gets it when the server is back, or not busy any more", async () => {
  const away = meets(502, 503, 200);
  assert.equal((await away.patiently("a", {})).status, 200);
  assert.deepEqual(away.paused, [300, 700]);
  const busy = meets(...Array(9).fill(503), 200);
  busy.statuses.later = true;
  assert.equal((await busy.patiently("a", {})).status, 200);
  assert.deepEqual(busy.paused, Array(9).fill(1000));
});

test("what nobody asked for is asked once, also of a server that says when to ask again", async () => {
  for (const later of [false, true]) {
    const met = meets(503, 200);
    met.statuses.later = later;
    await assert.rejects(met.patiently("a", {}, []), { message: "the server answers 503" });
    assert.deepEqual(met.paused, []);
  }
});
