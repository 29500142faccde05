// Traces that dashboard/figures uses; scatter is in the core. tests/dashboard/ui/test_plotly_bundle.py
// holds the list against them.
const Plotly = require("plotly.js/lib/core");
require("./quick-texts.cjs");

Plotly.register([
  require("plotly.js/lib/bar"),
  require("./large-heatmap.cjs"),
  // Its shaders are compiled beforehand: the page's Content-Security-Policy forbids eval.
  require("plotly.js/src/traces/scattergl/strict"),
]);

require("./same-frame.cjs");

module.exports = Plotly;
