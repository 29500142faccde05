// A script of assets/js in a window of its own: what it says of itself there, and nothing else.
// window: what stands in it; more: what the script takes from elsewhere.
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { runInNewContext } = require("node:vm");

function load(script, window = {}, more = {}) {
  const path = join(__dirname, "..", "..", "assets", "js", script);
  runInNewContext(readFileSync(path, "utf8"), { window, URLSearchParams, ...more }, { filename: path });
  return window;
}

// Without the prototypes of the other context, so that deepEqual compares values.
const plain = (value) => JSON.parse(JSON.stringify(value));

module.exports = { load, plain };
