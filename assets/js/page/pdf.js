// A drawing as PDF, made in this browser by what this server has: nothing goes anywhere. jsPDF and
// svg2pdf (assets/pdf) come when the first one is asked for.
(function () {
  const MM_PER_POINT = 25.4 / 72;
  const FACES = [["regular", "normal"], ["italic", "italic"], ["bold", "bold"], ["bold", "bolditalic"]];
  // What assets/fonts/inter-print-*.ttf can write. A name in other letters makes the PDF a picture.
  const WRITTEN = new RegExp(
    "^[\\s\\x20-\\x7e\\xa0-\\xac\\xae-\\u0148\\u014a-\\u017f\\u0192\\u0218-\\u021b\\u0374-\\u0376\\u037a-\\u037f"
    + "\\u0384-\\u038a\\u038c\\u038e-\\u03a1\\u03a3-\\u03d7\\u03fc-\\u045f\\u1e9e\\u2000-\\u200b\\u2010-\\u2027"
    + "\\u202f-\\u2055\\u2070\\u2071\\u2074-\\u208e\\u2090-\\u209c\\u20ac\\u2122\\u2190-\\u2199\\u2202\\u2206"
    + "\\u2211\\u2212\\u221a\\u221e\\u2248\\u2260\\u2264\\u2265\\u25cf]*$",
  );
  let loading = null;
  const faces = new Map();

  function library() {
    loading = loading || new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = "assets/pdf/pdf-atlas.min.js";
      script.addEventListener("load", () => done(window.AtlasPdf));
      script.addEventListener("error", () => {
        loading = null;
        failed(new Error("What makes PDF did not come: try again."));
      });
      document.head.append(script);
    });
    return loading;
  }

  async function face(name) {
    if (!faces.has(name)) {
      const answer = await fetch(`assets/fonts/inter-print-${name}.ttf`);
      if (!answer.ok) {
        throw new Error(`The server answers ${answer.status} for the typeface of PDFs.`);
      }
      const bytes = new Uint8Array(await answer.arrayBuffer());
      faces.set(name, Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
    }
    return faces.get(name);
  }

  // text: an SVG; size: { width, height } of it in pixels; dots: draws it as PNG.
  async function of(text, { width_mm: mm, size, dots }) {
    const { jsPDF } = await library();
    const width = mm / MM_PER_POINT;
    const height = width * size.height / size.width;
    const page = new jsPDF({
      unit: "pt", format: [width, height], orientation: width > height ? "landscape" : "portrait",
      compress: true, putOnlyUsedFonts: true,
    });
    const drawing = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
    drawing.querySelectorAll("style").forEach((style) => style.remove());
    const place = { x: 0, y: 0, width, height };
    if (WRITTEN.test(drawing.textContent)) {
      for (const [name, style] of FACES) {
        page.addFileToVFS(`${name}.ttf`, window.btoa(await face(name)));
        page.addFont(`${name}.ttf`, "Inter Variable", style);
      }
      await page.svg(drawing, place);
    } else {
      page.addImage(new Uint8Array(await (await dots()).arrayBuffer()), "PNG", 0, 0, width, height);
    }
    return page.output("blob");
  }

  window.atlasPdf = { library, of };
})();
