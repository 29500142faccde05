// npm ci && npm run build: writes assets/plotly/plotly-atlas.min.js. Settings are those of
// esbuild-config.js in plotly.js, and `overrides` in package.json is its, too: a later to-px asks for
// document.body while it is loaded.
import { readFileSync } from "node:fs";
import { build } from "esbuild";
import { environmentPlugin } from "esbuild-plugin-environment";
import { glsl } from "esbuild-plugin-glsl";
import InlineCSSPlugin from "esbuild-plugin-inline-css";

const { version } = JSON.parse(readFileSync("node_modules/plotly.js/package.json", "utf8"));

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
  plugins: [InlineCSSPlugin(), glsl({ minify: true }), environmentPlugin({ NODE_DEBUG: false })],
  alias: { regl: "@plotly/regl", stream: "stream-browserify" },
  define: { global: "window", "define.amd": "false" },
  target: "es2016",
});
