// Drawings carry the typeface they are measured in: without it their labels would be as wide as
// the font of whoever looks at them.
(function () {
  const toImage = window.Plotly.toImage;
  const face = document.getElementById("typeface").textContent;
  const PREFIX = "data:image/svg+xml,";

  async function drawing(figure, options) {
    await Promise.all(
      ["400", "700"].map((weight) => document.fonts.load(`${weight} 12px "Inter Variable"`)),
    );
    const text = await toImage(figure, { ...options, format: "svg", imageDataOnly: true });
    return text.replace(/<svg[^>]*>/, (tag) => `${tag}<style>${face}</style>`);
  }

  async function raster(figure, options) {
    const { width, height, scale } = options;
    const image = new Image();
    image.src = PREFIX + encodeURIComponent(await drawing(figure, { ...options, scale: 1 }));
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = width * scale;
    canvas.height = height * scale;
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL("image/png").split(",")[1];
  }

  window.Plotly.toImage = async (figure, options) => {
    if (options.format === "png") {
      return raster(figure, options);
    }
    const text = await drawing(figure, options);
    return options.imageDataOnly ? text : PREFIX + encodeURIComponent(text);
  };
})();
