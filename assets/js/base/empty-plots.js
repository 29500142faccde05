// Dash draws every graph of the page at once, those of the tabs that nobody sees too: thirty figures
// without anything in them, a quarter of the script until the first one stands. A figure that never
// had a trace is not drawn; what wants to hear of it is kept until it has, and told before plotly
// draws: the moment plotly gives it a way to listen.
(function () {
  const empty = (plot, figure) =>
    !plot._fullLayout && figure && figure.data && !figure.data.length && !plot.layout;

  function wait(plot) {
    const kept = [];
    plot.classList.add("js-plotly-plot");
    plot.removeAllListeners = () => {};
    Object.defineProperty(plot, "on", {
      configurable: true,
      get: () => (...heard) => kept.push(heard),
      set: (listen) => {
        Object.defineProperty(plot, "on", { configurable: true, writable: true, value: listen });
        kept.splice(0).forEach((heard) => listen(...heard));
      },
    });
    plot.atlasWaits = true;
  }

  // plotly: as its script makes it; it is changed, and returned.
  function patient(plotly) {
    const { react } = plotly;
    plotly.react = (plot, figure, ...rest) => {
      if (plot && plot.classList && empty(plot, figure)) {
        if (!plot.atlasWaits) {
          wait(plot);
        }
        return Promise.resolve(plot);
      }
      return react(plot, figure, ...rest);
    };
    return plotly;
  }

  window.atlasEmptyPlots = { patient };
  let plotly;
  Object.defineProperty(window, "Plotly", {
    configurable: true,
    get: () => plotly,
    set: (loaded) => {
      plotly = patient(loaded);
    },
  });
})();
