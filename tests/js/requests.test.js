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
  const notYet = meets(202, 202, 200);
  notYet.statuses.later = true;
  assert.equal((await notYet.patiently("a", {})).status, 200);
  assert.deepEqual(notYet.paused, [1000, 1000]);
});

test("the server is told that the page asks again, beside what else it is told", async () => {
  const sent = [];
  const window = { fetch: async (url, options) => sent.push(options) && { status: 200 } };
  load("page/requests.js", window, { document: { addEventListener: () => {} } });
  await window.atlasRequests.patiently("a", { method: "POST", headers: { Accept: "text/html" } });
  await window.atlasRequests.patiently("a");
  assert.deepEqual(JSON.parse(JSON.stringify(sent)), [
    { method: "POST", headers: { Accept: "text/html", "Atlas-Waits": "1" } },
    { headers: { "Atlas-Waits": "1" } },
  ]);
});

test("what nobody asked for is asked once, also of a server that says when to ask again", async () => {
  for (const later of [false, true]) {
    for (const status of [503, 202]) {
      const met = meets(status, 200);
      met.statuses.later = later;
      await assert.rejects(met.patiently("a", {}, []), { message: `the server answers ${status}` });
      assert.deepEqual(met.paused, []);
    }
  }
});

test("a server that is back is asked again by itself, and nothing says any more that it is away", async () => {
  const lost = { hidden: true };
  const shown = [];
  const statuses = [...Array(12).fill(502), 200, 200];
  const window = {
    fetch: async () => ({ status: statuses.shift(), headers: { get: () => "application/json" } }),
    setTimeout: (does, ms) => { shown.push([ms, lost.hidden]); setImmediate(does); },
  };
  const document = { addEventListener: () => {}, getElementById: () => lost };
  load("page/requests.js", window, { document });
  assert.equal((await window.atlasRequests.withoutEnd("a", {})).status, 200);
  assert.equal(statuses.length, 1);
  // Said after 2.5 s, the first four tries, and while it is asked again.
  assert.deepEqual(shown.slice(0, 3), [[300, true], [700, true], [1500, true]]);
  assert.ok(shown.slice(3).every(([, hidden]) => !hidden));
  assert.equal(shown.filter(([ms]) => ms === 5000).length, 2);
  assert.equal(lost.hidden, true);
});

test("what was lost without a network is asked for again when there is one", async () => {
  const heard = {};
  const waits = [];
  let online = false;
  const window = {
    fetch: async () => ({ status: online ? 200 : 502, headers: { get: () => "application/json" } }),
    setTimeout: (does, ms) => (ms === 5000 ? waits.push(does) : setImmediate(does)),
    addEventListener: (kind, does) => { heard[kind] = does; },
  };
  const lost = { hidden: true };
  load("page/requests.js", window, { document: { addEventListener: () => {}, getElementById: () => lost } });
  const asked = window.atlasRequests.withoutEnd("a", {});
  while (!waits.length) {
    await new Promise((does) => { setImmediate(does); });
  }
  assert.equal(lost.hidden, false);
  online = true;
  heard.online();
  assert.equal((await asked).status, 200);
  assert.equal(lost.hidden, true);
});

test("what Dash asks for waits until figures are painted, what cards ask for does not", async () => {
  let paint;
  const window = {
    fetch: async () => new Response("told", { status: 200, headers: { "Content-Type": "application/json" } }),
    atlasFigures: { painted: () => new Promise((does) => { paint = does; }) },
  };
  load("page/requests.js", window, { document: { addEventListener: () => {} }, Response });
  let told = null;
  const dash = window.fetch("_dash-update-component?endId=1", {}).then((answer) => { told = answer; });
  const card = await window.atlasRequests.withoutEnd("_dash-update-component", {});
  assert.equal(await card.text(), "told");
  await new Promise((does) => { setImmediate(does); });
  assert.equal(told, null);
  paint();
  await dash;
  assert.deepEqual([told.status, await told.text()], [200, "told"]);
  assert.equal(told.headers.get("Content-Type"), "application/json");
});

test("Dash is told that nothing changes", async () => {
  const window = { fetch: async () => new Response(null, { status: 204 }), atlasFigures: { painted: async () => {} } };
  load("page/requests.js", window, { document: { addEventListener: () => {} }, Response });
  assert.equal((await window.fetch("_dash-update-component", {})).status, 204);
});

test("a packed answer is one, and a page in front of the server is none", () => {
  const { isAnswer } = (() => {
    const window = { fetch: () => {} };
    load("page/requests.js", window, { document: { addEventListener: () => {} } });
    return window.atlasRequests;
  })();
  const said = (type) => ({ headers: { get: () => type } });
  const types = ["application/json", "application/vnd.transfer-atlas.packed", "text/html", "application/jsonx", null];
  assert.deepEqual(types.map((type) => isAnswer(said(type))), [true, true, false, false, false]);
});
