// Cytoscape asks for the next frame of the screen in every frame, for as long as its page is open,
// whether anything moves or anybody sees it: a tenth of a core. Here it rests when it has drawn
// nothing for a while, until something is to be drawn.
(function () {
  // Of a second, mostly: what is refined after a drawing, letters of a large graph, is done by then.
  const STILL_FRAMES = 60;

  // renderer: of a graph; view: the window whose frames it asks for.
  function rests(renderer, view) {
    let goOn = null;
    let still = 0;

    const wake = () => {
      still = 0;
      if (goOn) {
        const next = goOn;
        goOn = null;
        view.requestAnimationFrame(next);
      }
    };
    ["notify", "redraw"].forEach((name) => {
      const does = renderer[name];
      renderer[name] = (...told) => {
        wake();
        return does.apply(renderer, told);
      };
    });
    // Called in each frame, of priority 0 after all of Cytoscape's own: what it does next, in the
    // same breath, is to ask for another one.
    renderer.beforeRender((draws) => {
      still = draws ? 0 : still + 1;
      if (still > STILL_FRAMES) {
        const { requestAnimationFrame: ask } = view;
        view.requestAnimationFrame = (next) => {
          view.requestAnimationFrame = ask;
          goOn = next;
          return 0;
        };
      }
    }, 0);
  }

  window.atlasGraphRest = { rests, STILL_FRAMES };
})();
