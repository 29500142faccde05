const test = require("node:test");
const assert = require("node:assert/strict");
const { load } = require("./load.js");

const page = load("base/empty-plots.js");

// Plotly as far as it matters: the first drawing clears what listens, then gives a way to listen.
function fake() {
  const drawn = [];
  const react = (plot, figure) => {
    if (!plot._fullLayout) {
      plot.removeAllListeners?.();
      const heard = [];
      plot.on = (name, work) => heard.push([name, work]);
      plot.emit = (name) => heard.filter(([of]) => of === name).forEach(([, work]) => work());
      plot._fullLayout = {};
    }
    drawn.push(figure);
    plot.emit("plotly_afterplot");
    return Promise.resolve(plot);
  };
  return { plotly: { react }, drawn };
}

const element = () => ({ classList: { add() {} } });

test("a figure without traces waits, and hears of its first drawing once", async () => {
  const { plotly, drawn } = fake();
  page.Plotly = plotly;
  const plot = element();
  assert.equal(await page.Plotly.react(plot, { data: [] }), plot);
  let heard = 0;
  plot.on("plotly_afterplot", () => { heard += 1; });
  await page.Plotly.react(plot, { data: [] });
  assert.deepEqual([drawn.length, heard], [0, 0]);
  await page.Plotly.react(plot, { data: [{}] });
  assert.deepEqual([drawn.length, heard], [1, 1]);
  await page.Plotly.react(plot, { data: [] });
  assert.deepEqual([drawn.length, heard], [2, 2]);
});

test("a figure with traces is drawn at once", async () => {
  const { plotly, drawn } = fake();
  page.Plotly = plotly;
  await page.Plotly.react(element(), { data: [{}] });
  assert.equal(drawn.length, 1);
});
