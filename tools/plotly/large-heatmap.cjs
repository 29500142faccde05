// plotly's heatmap, and large ones drawn from a table of colours: a cell is a byte of an indexed PNG.
// plotly asks d3 for the colour of each cell and has the browser compress four bytes a cell, which for
// a million cells takes most of a second. A colour is off by half a step of 255 at most; values, which
// hover tells, are as they were.
"use strict";

const heatmap = require("plotly.js/lib/heatmap");
const { select } = require("@plotly/d3");
const { luminosity } = require("plotly.js/src/components/color");
const { extractOpts, makeColorScaleFuncFromTrace } = require("plotly.js/src/components/colorscale");
const supportsPixelatedImage = require("plotly.js/src/lib/supports_pixelated_image");
const pictureOf = require("./indexed-png.cjs");

const LARGE = 10000; // cells
const STEPS = 255; // colours; one more index stands for no value
const NONE = STEPS;

const isLarge = ({ z, trace }) => z.length * z[0].length > LARGE && trace._islinear && !trace.zsmooth
  && !trace.xgap && !trace.ygap && !trace.texttemplate && supportsPixelatedImage()
  && z.every((row) => row.length === z[0].length);

function paletteOf(trace, low, high) {
  const color = makeColorScaleFuncFromTrace(trace, { noNumericCheck: true, returnArray: true });
  const palette = new Uint8Array(4 * (STEPS + 1));
  for (let step = 0; step < STEPS; step += 1) {
    const [red, green, blue, alpha] = color(low + (high - low) * step / (STEPS - 1));
    palette.set([red, green, blue, alpha * 255].map(Math.round), 4 * step);
  }
  return palette;
}

// turned: whether an axis runs against the order of the values.
function picture(gd, { z, trace }, columnsTurned, rowsTurned) {
  const { min: low, max: high } = extractOpts(trace);
  const palette = paletteOf(trace, low, high);
  const [height, width] = [z.length, z[0].length];
  const rows = new Uint8Array(height * (width + 1));
  const counts = new Uint32Array(STEPS + 1);
  const by = (STEPS - 1) / (high - low);
  for (let row = 0; row < height; row += 1) {
    const values = z[row];
    let at = (rowsTurned ? height - 1 - row : row) * (width + 1) + (columnsTurned ? width : 1);
    const next = columnsTurned ? -1 : 1;
    for (let column = 0; column < width; column += 1, at += next) {
      const step = (values[column] - low) * by;
      // What is no number is neither below nor above.
      const index = step <= 0 ? 0 : step >= STEPS - 1 ? STEPS - 1 : step >= 0 ? (step + 0.5) | 0 : NONE;
      rows[at] = index;
      counts[index] += 1;
    }
  }
  tellBrightness(gd, palette, counts);
  return pictureOf(rows, width, height, palette);
}

// As plotly's own: of what a figure's cells are on average, for what is written upon them.
function tellBrightness(gd, palette, counts) {
  const sums = [0, 0, 0];
  let cells = 0;
  for (let step = 0; step < STEPS; step += 1) {
    cells += counts[step];
    sums.forEach((_, part) => { sums[part] += counts[step] * palette[4 * step + part]; });
  }
  if (cells) {
    gd._hmpixcount = (gd._hmpixcount || 0) + cells;
    const mean = sums.map((sum) => Math.round(sum / cells)).join(", ");
    gd._hmlumcount = (gd._hmlumcount || 0) + cells * luminosity(`rgb(${mean})`);
  }
}

const isTurned = (axis, bounds) => axis.c2p(bounds[bounds.length - 1]) < axis.c2p(bounds[0]);

// plotly places an image without a value, and the picture is put into it.
function plot(gd, plotinfo, traces, layer) {
  const large = new Map(traces.map(([first]) => first).filter(isLarge).map((first) => [first, first.z]));
  large.forEach((_, first) => { first.z = [[undefined]]; });
  try {
    heatmap.plot(gd, plotinfo, traces, layer);
  } finally {
    large.forEach((z, first) => { first.z = z; });
  }
  const { xaxis, yaxis } = plotinfo;
  layer.selectAll("image").each(function (first) {
    if (large.has(first)) {
      const { x, y } = first;
      const made = picture(gd, first, isTurned(xaxis, x), isTurned(yaxis, y));
      select(this).attr("xlink:href", made);
    }
  });
}

module.exports = { ...heatmap, plot };
