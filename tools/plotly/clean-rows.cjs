// plotly's clean_2d_array: rows of numbers that came as typed arrays are taken as they are.
// plotly asks of each of a million cells whether it is a number, and copies it.
"use strict";

const clean = require("plotly.js/src/traces/heatmap/clean_2d_array.js");

const isFloats = (row) => row instanceof Float32Array || row instanceof Float64Array;
const isCategory = (axis) => Boolean(axis) && axis.type === "category";

module.exports = (rows, trace, xaxis, yaxis) => {
  if ((trace && trace.transpose) || isCategory(xaxis) || isCategory(yaxis) || !rows.every(isFloats)) {
    return clean(rows, trace, xaxis, yaxis);
  }
  // What is no number is `undefined` for all that look at a cell.
  return rows.map((row) => (
    row.every(Number.isFinite) ? row : Array.from(row, (value) => (Number.isFinite(value) ? value : undefined))));
};
