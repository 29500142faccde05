// Plotly.react, which draws the cells alone where nothing else of a matrix is new. plotly draws axes,
// margins and colour bar anew with each value, which takes half of the time.
"use strict";

const Plotly = require("plotly.js/lib/core");
const Plots = require("plotly.js/src/plots/plots");
const { initInteractions } = require("plotly.js/src/plots/cartesian/graph_interact");
const subroutines = require("plotly.js/src/plot_api/subroutines");

const react = Plotly.react;
// figure -> [its layout and settings as they were given, its layout as it was drawn]
const frames = new WeakMap();

// Of a trace, what nothing around it depends on.
const INSIDE = {
  heatmap: ["z", "hovertext", "customdata", "meta"],
  scatter: ["text", "textfont"],
};
// plotly keeps an array it has read beside how that was sent.
const sent = (key, value) => (key === "_inputArray" ? undefined : value);
const same = (one, other) => JSON.stringify(one, sent) === JSON.stringify(other, sent);
const given = ({ layout, config }) => JSON.stringify([layout, config]);

function around(trace) {
  const kept = { ...trace };
  INSIDE[trace.type].forEach((name) => delete kept[name]);
  return kept;
}

const isFixed = ({ range, autorange }) => Boolean(range) && autorange === undefined;
// Nothing is read off the values: neither colours nor ranges.
const standsAlone = (layout, trace) => (trace.type === "heatmap"
  ? Boolean(trace.z?.shape) && (trace.coloraxis
    ? trace.coloraxis === "coloraxis" && [layout.coloraxis?.cmin, layout.coloraxis?.cmax].every(Number.isFinite)
    : [trace.zmin, trace.zmax].every(Number.isFinite))
  : trace.type === "scatter" && trace.mode === "text");

function isSameFrame(gd, figure) {
  const [was, drawn] = frames.get(gd) || [];
  // Who has zoomed into it or made it larger has another layout.
  if (!gd._fullLayout || given(figure) !== was || JSON.stringify(gd.layout) !== drawn) {
    return false;
  }
  const { data, layout } = figure;
  const axes = Object.keys(layout).filter((key) => /^[xy]axis/.test(key));
  return axes.length === 2 && axes.every((key) => isFixed(layout[key]))
    && gd.data.length === data.length
    && data.every((trace, at) => trace.type === gd.data[at].type && standsAlone(layout, trace)
      && same(trace.z?.shape, gd.data[at].z?.shape) && same(around(trace), around(gd.data[at])));
}

async function drawCells(gd, data) {
  gd.data = data;
  Plots.supplyDefaults(gd, { skipUpdateCalc: true });
  gd.calcdata = undefined;
  Plots.doCalcdata(gd);
  subroutines.doAutoRangeAndConstraints(gd);
  gd._fullLayout._basePlotModules.forEach((module) => module.plot(gd));
  Plots.style(gd);
  initInteractions(gd);
  Plots.rehover(gd);
  gd.emit("plotly_afterplot");
  return gd;
}

module.exports = (gd, figure, ...others) => {
  if (others.length || figure.frames || !figure.data || !figure.layout) {
    frames.delete(gd);
    return react(gd, figure, ...others);
  }
  if (isSameFrame(gd, figure)) {
    return drawCells(gd, figure.data);
  }
  const was = given(figure);
  frames.delete(gd);
  return react(gd, figure).then(() => {
    frames.set(gd, [was, JSON.stringify(gd.layout)]);
    return gd;
  });
};
