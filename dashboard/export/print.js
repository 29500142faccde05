// Kaleido asks plotly.js for images: it gets those that carry their typeface.
(function () {
  const toImage = window.Plotly.toImage;
  const face = document.getElementById("typeface").textContent;

  window.Plotly.toImage = async (figure, options) => {
    const url = await window.atlasDrawing(toImage, face, figure, options);
    if (options.format === "png") {
      return url.split(",")[1];
    }
    return options.imageDataOnly ? decodeURIComponent(url.slice(url.indexOf(",") + 1)) : url;
  };
})();
