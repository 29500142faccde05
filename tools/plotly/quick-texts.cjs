// plotly's texts of points, written only where something of them is new. plotly writes each twice a
// drawing (once as it is placed, once as it is styled), its font with it, though it says the same.
"use strict";

const { select } = require("@plotly/d3");
const { fill } = require("plotly.js/src/components/color");
const drawing = require("plotly.js/src/components/drawing");

const write = drawing.textPointStyle;
const written = new WeakMap(); // text element -> [what it says, how it looks, its colour]
const FONT = ["family", "weight", "style", "variant", "textcase", "lineposition", "shadow", "size"];
const OF_POINT = ["tp", "ts", "tf", "tw", "ty", "tv", "tC", "tE", "tS", "mrc"];
// What has no lines, links, signs or formulas of its own.
const isPlain = (text) => /^[^<>&$\r\n]+$/.test(text);

drawing.textPointStyle = (texts, trace, gd) => {
  if (!texts.size()) {
    return; // a trace without texts has no font for them
  }
  if (trace.selectedpoints || trace.texttemplate) {
    texts.each(function () { written.delete(this); });
    write(texts, trace, gd);
    return;
  }
  const font = JSON.stringify([FONT.map((name) => trace.textfont[name]), trace.textposition]);
  const asGiven = trace.textfont.textcase === "normal" && trace.textfont.shadow !== "auto";
  write(texts.filter(function (point) {
    const says = String(point.tx ?? trace.text);
    const looks = font + JSON.stringify(OF_POINT.map((name) => point[name]));
    const color = point.tc || trace.textfont.color;
    const [said, looked, colored] = written.get(this) || [];
    if (looks === looked && says === said && color === colored) {
      return false;
    }
    written.set(this, [says, looks, color]);
    if (looks !== looked || !asGiven || point.tC || point.tS || !isPlain(says) || !isPlain(said)) {
      return true;
    }
    if (says !== said) {
      this.textContent = says;
      this.setAttribute("data-unformatted", says);
    }
    if (color !== colored) {
      fill(select(this), color);
    }
    return false;
  }), trace, gd);
};
