// npm ci && npm run build: writes assets/plotly/plotly-atlas.min.js. Settings are those of
// esbuild-config.js in plotly.js, and `overrides` in package.json is its, too: a later to-px asks for
// document.body while it is loaded.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { build } from "esbuild";
import { environmentPlugin } from "esbuild-plugin-environment";
import { glsl } from "esbuild-plugin-glsl";
import InlineCSSPlugin from "esbuild-plugin-inline-css";

const { version } = JSON.parse(readFileSync("node_modules/plotly.js/package.json", "utf8"));

// In place of plotly's own where plotly asks for it; it asks plotly in its turn.
const cleanRows = {
  name: "clean-rows",
  setup(made) {
    made.onResolve({ filter: /\/clean_2d_array$/ }, () => ({ path: resolve("clean-rows.cjs") }));
  },
};

await build({
  entryPoints: ["entry.cjs"],
  outfile: "../../assets/plotly/plotly-atlas.min.js",
  format: "iife",
  globalName: "Plotly",
  bundle: true,
  minify: true,
  banner: {
    js: `/* plotly.js v${version}: scatter, scattergl, bar, heatmap; built by tools/plotly. MIT, see LICENSE.txt */`,
  },
  plugins: [cleanRows, InlineCSSPlugin(), glsl({ minify: true }), environmentPlugin({ NODE_DEBUG: false })],
  alias: { regl: "@plotly/regl", stream: "stream-browserify" },
  define: { global: "window", "define.amd": "false" },
  target: "es2016",
});
