// plotly's texts of points, written only where something of them is new. plotly writes each twice a
// drawing (once as it is placed, once as it is styled), its font with it, though it says the same.
"use strict";

const drawing = require("plotly.js/src/components/drawing");

const write = drawing.textPointStyle;
const written = new WeakMap(); // text element -> [what it says, how it looks]
const FONT = ["family", "weight", "style", "variant", "textcase", "lineposition", "shadow", "size", "color"];
const OF_POINT = ["tp", "ts", "tc", "tf", "tw", "ty", "tv", "tC", "tE", "tS", "mrc"];
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
  const asGiven = trace.textfont.textcase === "normal";
  write(texts.filter(function (point) {
    const says = String(point.tx ?? trace.text);
    const looks = font + JSON.stringify(OF_POINT.map((name) => point[name]));
    const [said, looked] = written.get(this) || [];
    if (looks === looked && says === said) {
      return false;
    }
    written.set(this, [says, looks]);
    if (looks === looked && asGiven && !point.tC && isPlain(says) && isPlain(said)) {
      this.textContent = says;
      this.setAttribute("data-unformatted", says);
      return false;
    }
    return true;
  }), trace, gd);
};
