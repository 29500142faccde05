// A script of assets/js in an empty window: what it says of itself there, and nothing else.
const { readFileSync } = require("node:fs");
const { join } = require("node:path");
const { runInNewContext } = require("node:vm");

function load(script) {
  const window = {};
  const path = join(__dirname, "..", "..", "assets", "js", script);
  runInNewContext(readFileSync(path, "utf8"), { window, URLSearchParams }, { filename: path });
  return window;
}

// Without the prototypes of the other context, so that deepEqual compares values.
const plain = (value) => JSON.parse(JSON.stringify(value));

module.exports = { load, plain };
