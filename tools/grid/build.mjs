// npm ci && npm run build: writes assets/grid/grid-atlas.min.js.
import { readFileSync } from "node:fs";
import { build } from "esbuild";

const { version } = JSON.parse(readFileSync("node_modules/ag-grid-community/package.json", "utf8"));

await build({
  entryPoints: ["entry.mjs"],
  outfile: "../../assets/grid/grid-atlas.min.js",
  format: "iife",
  globalName: "AtlasGrid",
  bundle: true,
  minify: true,
  legalComments: "none",
  banner: { js: `/* AG Grid Community v${version}, in part; built by tools/grid. MIT, see LICENSE.txt */` },
  target: "es2020",
});
