// A value as text, to tell whether two are the same: JSON, in which bytes would be nothing. plotly
// keeps an array it has read beside how that was sent: it is left out. Nothing of plotly here.
"use strict";

const part = (key, value) => {
  if (key === "_inputArray") {
    return undefined;
  }
  return value instanceof ArrayBuffer ? { bytes: String(new Uint8Array(value)) } : value;
};

module.exports = (value) => JSON.stringify(value, part);
