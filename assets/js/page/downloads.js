// To take a figure along: an image as large as print needs, its data, its caption.
(function () {
  const PRINT_PIXELS = 2000; // some 300 dots per inch at 17 cm, the width of a page
  const SAID_MS = 1600;

  const address = (card, kind) => {
    const more = { mode: window.atlasAppearance.mode(), digest: window.atlasNavigation.digest() };
    return `take/${encodeURIComponent(card)}.${kind}?${window.atlasNavigation.query(more)}`;
  };

  function fileName(card, kind) {
    const asked = window.atlasNavigation.query();
    const made = window.atlasNavigation.digest();
    const parts = [asked.get("study"), card, asked.get("method"), asked.get("beside"), made].filter(Boolean);
    return `${parts.join("-").replace(/[^\w-]+/g, "_").slice(0, 120)}.${kind}`;
  }

  function save(url, name) {
    const link = document.createElement("a");
    link.href = url;
    link.download = name;
    document.body.append(link);
    link.click();
    link.remove();
  }

  async function ask(card, kind) {
    const answer = await window.atlasRequests.patiently(address(card, kind), { credentials: "same-origin" });
    if (!answer.ok) {
      throw new Error((await answer.text()).trim() || `The server answers ${answer.status}.`);
    }
    return answer;
  }

  let typeface = null;

  async function face() {
    const answer = await fetch("assets/fonts/inter-latin-wght-normal.woff2");
    if (!answer.ok) {
      throw new Error(`The server answers ${answer.status} for the typeface of images.`);
    }
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
    return (
      '@font-face{font-family:"Inter Variable";font-weight:100 900;' +
      `src:url("data:font/woff2;base64,${btoa(text)}") format("woff2")}`
    );
  }

  // A figure of the page as it is; one that is drawn otherwise (the graph) comes from the server.
  async function drawn(card) {
    const here = document.querySelector(`#${CSS.escape(card)}-graph .js-plotly-plot`);
    if (here) {
      const { width, height } = here._fullLayout;
      return { figure: here, width, height };
    }
    const figure = await (await ask(card, "json")).json();
    const { width = 900, height = 640 } = figure.layout;
    return { figure, width, height };
  }

  async function image(card, format) {
    const { figure, width, height } = await drawn(card);
    const scale = format === "png" ? Math.max(3, Math.ceil(PRINT_PIXELS / width)) : 1;
    typeface = typeface || (await face());
    const options = { format, width, height, scale };
    const url = await window.atlasDrawing(window.Plotly.toImage, typeface, figure, options);
    save(url, fileName(card, format));
  }

  async function data(card) {
    const blob = await (await ask(card, "csv")).blob();
    const url = URL.createObjectURL(blob);
    save(url, fileName(card, "csv"));
    window.setTimeout(() => URL.revokeObjectURL(url), 10000);
  }

  async function caption(card) {
    const text = await (await ask(card, "txt")).text();
    try {
      await window.navigator.clipboard.writeText(text);
      return "Copied";
    } catch {
      // Without a secure context there is no clipboard: show the text to copy by hand.
      window.prompt("Copy this caption", text);
      return "Shown";
    }
  }

  const take = { png: image, svg: image, csv: data, txt: caption };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-take]");
    if (!button || button.disabled) {
      return;
    }
    const { take: kind, card } = button.dataset;
    const text = button.textContent;
    button.disabled = true;
    try {
      const said = await take[kind](card, kind);
      if (said) {
        button.textContent = said;
        window.setTimeout(() => (button.textContent = text), SAID_MS);
      }
    } catch (error) {
      window.dash_clientside.set_props("alarm", { children: String(error.message || error) });
    } finally {
      button.disabled = false;
      button.focus();
    }
  });
})();
