// Plotly.react, which draws the cells alone where nothing else of a matrix is new. plotly reads every
// setting again and draws axes, margins and colour bar anew with each value, which takes most of the
// time.
"use strict";

const Plotly = require("plotly.js/lib/core");
const drawing = require("plotly.js/src/components/drawing");
const { decodeTypedArraySpec, isArrayOrTypedArray, isTypedArraySpec } = require("plotly.js/src/lib/array");
const Plots = require("plotly.js/src/plots/plots");
const { selectAll } = require("@plotly/d3");
const asText = require("./as-text.cjs");
const frames = require("./frames.cjs")();
const heatmap = require("./large-heatmap.cjs");

const { react, relayout, update } = Plotly;
const LAYER = ".heatmaplayer"; // of the cells of a matrix

// Of a trace, lists that nothing around it depends on.
const INSIDE = {
  heatmap: ["z", "hovertext", "customdata"],
  scatter: ["text"],
};
const same = (one, other) => asText(one) === asText(other);

const isList = (value) => isArrayOrTypedArray(value) || isTypedArraySpec(value);
const read = (value) => (isTypedArraySpec(value) ? decodeTypedArraySpec(value) : value);

// What of a trace has to be as it was, where lists may be others.
function around(trace) {
  const kept = { ...trace };
  INSIDE[trace.type].forEach((name) => { kept[name] = isList(trace[name]) || trace[name]; });
  if (trace.type === "scatter" && isList(trace.textfont?.color)) {
    kept.textfont = { ...trace.textfont, color: true };
  }
  return kept;
}

const isFixed = ({ range, autorange }) => Boolean(range) && autorange === undefined;
const areNumbers = (...values) => values.every(Number.isFinite);
// plotly takes an empty text away, and writes one of several lines in several places.
const isPlain = (text) => /^[^<>&$\r\n]*[^<>&$\s][^<>&$\r\n]*$/.test(text);
const hasNumber = (z) => isArrayOrTypedArray(z) && z.some((row) => row.some?.(Number.isFinite));

// Nothing is read off the values: neither colours nor ranges.
function standsAlone({ coloraxis: shared }, trace) {
  if (trace.type === "scatter") {
    return trace.mode === "text" && Array.isArray(trace.text) && trace.text.every(isPlain);
  }
  if (trace.type !== "heatmap" || !isList(trace.z)) {
    return false;
  }
  return trace.coloraxis
    ? trace.coloraxis === "coloraxis" && Array.isArray(shared?.colorscale) && areNumbers(shared.cmin, shared.cmax)
    : Array.isArray(trace.colorscale) && areNumbers(trace.zmin, trace.zmax);
}

const isPoints = ({ type }) => type === "scatter";
const shapeOf = (z) => String(isTypedArraySpec(z) ? z.shape : z?.map((row) => row.length));

// As it was given, where its letters were fitted.
const asGiven = (trace, size) => (
  size === undefined ? trace : { ...trace, textfont: { ...trace.textfont, size } });

function isSameFrame(gd, { sizes }, { data, layout }) {
  if (!gd._fullLayout) {
    return false;
  }
  const { xy } = gd._fullLayout._plots;
  if (!xy || xy.plot.select(LAYER).empty()) {
    return false;
  }
  const axes = Object.keys(layout).filter((key) => /^[xy]axis/.test(key));
  return axes.length === 2 && axes.every((key) => isFixed(layout[key]))
    && gd.data.length === data.length && gd._fullData.length === data.length
    && data.every((trace, at) => {
      const before = asGiven(gd.data[at], sizes.get(at));
      return trace.type === before.type && gd._fullData[at].visible === true
        && (standsAlone(layout, trace)
          ? shapeOf(trace.z) === shapeOf(before.z) && same(around(trace), around(before))
          : isPoints(trace) && same(trace, before));
    });
}

// Of each trace what plotly would read of it: the lists, as they are. Letters stay as they were fitted.
function supply(gd, { sizes }, given) {
  const data = given.map((trace, at) => (
    sizes.has(at) ? asGiven(trace, gd.data[at].textfont.size) : trace));
  const lists = data.map((trace) => Object.fromEntries(INSIDE[trace.type]
    .filter((name) => isList(trace[name])).map((name) => [name, read(trace[name])])));
  if (!lists.every(({ z }) => !z || hasNumber(z))) {
    return false; // plotly takes one without a number away
  }
  gd.data = data;
  gd._fullData.forEach((full, at) => {
    const trace = data[at];
    Object.assign(full, lists[at], { _input: trace });
    if (isList(trace.textfont?.color)) {
      full.textfont.color = read(trace.textfont.color);
    }
  });
  return true;
}

// The texts of a trace where they stand: plotly would place each of them again.
function write(gd, points, before) {
  const group = before[0].node3.node();
  const texts = [...group.querySelectorAll(".textpoint > text")];
  const told = new Map(before.map((point, at) => [point, points[at]]));
  points[0].node3 = before[0].node3;
  [group, ...group.querySelectorAll("*")].forEach((element) => {
    const datum = element.__data__;
    element.__data__ = datum === before ? points : told.get(datum) || datum;
  });
  drawing.textPointStyle(selectAll(texts), points[0].trace, gd);
}

function drawCells(gd) {
  const before = gd.calcdata;
  gd.calcdata = undefined;
  Plots.doCalcdata(gd);
  const { xy } = gd._fullLayout._plots;
  const cells = gd.calcdata.filter(([{ trace }]) => trace.type === "heatmap");
  heatmap.plot(gd, xy, cells, xy.plot.select(LAYER));
  gd.calcdata.forEach(([{ trace }], at) => {
    if (trace.mode === "text") {
      write(gd, gd.calcdata[at], before[at]);
    } else if (isPoints(trace)) {
      gd.calcdata[at] = before[at]; // the same as they were, and as they are drawn
    }
  });
  Plots.style(gd);
  Plots.rehover(gd);
  Plots.redrag(gd);
  Plots.reselect(gd);
  gd.emit("plotly_afterplot");
}

Plotly.react = (gd, figure, ...others) => {
  if (others.length || figure.frames || !figure.data || !figure.layout) {
    frames.forget(gd);
    return react(gd, figure, ...others);
  }
  const frame = frames.of(gd, figure);
  if (frame && isSameFrame(gd, frame, figure) && supply(gd, frame, figure.data)) {
    drawCells(gd);
    return Promise.resolve(gd);
  }
  return frames.begin(gd, figure, () => react(gd, figure));
};

// A figure is fitted to the room there is, by settings of its layout and the size of the letters of
// some of its traces (null: as they are): another figure that is given the same frame is fitted, too.
Plotly.fit = (gd, layout, size = null, traces = []) => frames.fit(gd, size === null ? [] : traces, () => (
  size === null ? relayout(gd, layout) : update(gd, { "textfont.size": size }, layout, traces)));
