// Drawings carry the typeface they are measured in: without it their labels would be as wide as
// the font of whoever looks at them. Used by the page and by `core export`.
(function () {
  const PREFIX = "data:image/svg+xml,";

  async function drawing(toImage, face, figure, options) {
    await Promise.all(
      ["400", "700"].map((weight) => document.fonts.load(`${weight} 12px "Inter Variable"`)),
    );
    const text = await toImage(figure, { ...options, format: "svg", imageDataOnly: true });
    return text.replace(/<svg[^>]*>/, (tag) => `${tag}<style>${face}</style>`);
  }

  async function raster(toImage, face, figure, options) {
    const { width, height, scale } = options;
    const image = new Image();
    image.src = PREFIX + encodeURIComponent(await drawing(toImage, face, figure, { ...options, scale: 1 }));
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = width * scale;
    canvas.height = height * scale;
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL("image/png");
  }

  // A PNG or SVG with its typeface, as a data URL. toImage: plotly's own; face: an @font-face rule.
  window.atlasDrawing = async (toImage, face, figure, options) =>
    options.format === "png"
      ? raster(toImage, face, figure, options)
      : PREFIX + encodeURIComponent(await drawing(toImage, face, figure, options));
})();
