// npm ci && npm run build: writes assets/pdf/pdf-atlas.min.js. What jsPDF would load later (pages of
// HTML, drawn by html2canvas) is left out, and the address of a viewer on another host with it: the
// page's policy would refuse it anyway.
import { readFileSync } from "node:fs";
import { build } from "esbuild";

const version = (name) => JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8")).version;
const LATER = /^(html2canvas|dompurify|canvg)$/;
const VIEWER = /https:\/\/cdnjs\.cloudflare\.com\/[^"']*/g;

await build({
  entryPoints: ["entry.mjs"],
  outfile: "../../assets/pdf/pdf-atlas.min.js",
  format: "iife",
  globalName: "AtlasPdf",
  bundle: true,
  minify: true,
  legalComments: "none",
  banner: {
    js: `/* jsPDF v${version("jspdf")}, svg2pdf.js v${version("svg2pdf.js")}; built by tools/pdf. MIT, see LICENSE.txt */`,
  },
  plugins: [
    {
      name: "nothing-from-elsewhere",
      setup(one) {
        one.onResolve({ filter: LATER }, ({ path }) => ({ path, namespace: "absent" }));
        one.onLoad({ filter: /.*/, namespace: "absent" }, () => ({ contents: "export default null" }));
        one.onLoad({ filter: /jspdf\.es(\.min)?\.js$/ }, ({ path }) => ({
          contents: readFileSync(path, "utf8").replace(VIEWER, ""),
        }));
      },
    },
  ],
  target: "es2020",
});
