// How the grid of the Pairs tab looks and behaves: what AG Grid is told when it is made, and of each of
// its columns. dashboard/pages/pairs/grid.py says which columns there are.
(function () {
  const BESIDE_NAME = 26; // pixels of a cell beside its name, with its border
  const LEAST = 4;        // letters of a name
  let pen = null;         // what measures names

  // A name, cut only where it is wider than its cell.
  function fitting(value, room) {
    const text = String(value ?? "");
    if (!pen) {
      pen = document.createElement("canvas").getContext("2d");
      // As it is written where its row is chosen.
      pen.font = `600 14px ${getComputedStyle(document.body).fontFamily}`;
    }
    const wide = (part) => pen.measureText(part).width;
    if (wide(text) <= room) {
      return text;
    }
    // Letters are not equally wide: what is left may still be too wide, and would be cut once more.
    let most = Math.floor((text.length * room) / wide(text));
    let cut = window.atlasPairsFormat.name(text, most);
    while (wide(cut) > room && most > LEAST) {
      most -= 1;
      cut = window.atlasPairsFormat.name(text, most);
    }
    return cut;
  }

  // By what the server calls them; "name" is cut to its column.
  const WRITTEN = {
    name: ({ value, column }) => fitting(value, column.getActualWidth() - BESIDE_NAME),
    number: ({ value }) => window.atlasPairsFormat.number(value),
    signed: ({ value }) => window.atlasPairsFormat.signed(value),
    raw: ({ value, data }) => window.atlasPairsFormat.raw(value, data?.unit),
    probability: ({ value }) => window.atlasPairsFormat.probability(value),
    count: ({ value }) => window.atlasPairsFormat.count(value),
  };

  // A column as AG Grid is told of it. definition: as the server says it.
  function columnOf(definition) {
    const { written, judged } = definition.context;
    const gained = ({ value, data }) => (data?.lower ? -value : value);
    return {
      ...definition,
      ...(written && { valueFormatter: WRITTEN[written] }),
      ...(judged && {
        cellClassRules: { worse: (cell) => gained(cell) < 0, better: (cell) => gained(cell) > 0 },
      }),
    };
  }

  // columns: definitions of the server. block: rows asked for at a time. isChosen: of a row's pair.
  const optionsOf = ({ columns, block, isChosen }) => ({
    // Colours and type are the page's own: css/6-grid.css.
    theme: window.AtlasGrid.themeQuartz.withParams({ spacing: 6, wrapperBorderRadius: 6 }),
    rowModelType: "infinite",
    columnDefs: columns.map(columnOf),
    defaultColDef: {
      sortable: true,
      resizable: true,
      suppressHeaderMenuButton: true,
      suppressHeaderFilterButton: true,
      cellDataType: false,
    },
    rowClassRules: { "row-chosen": ({ data }) => Boolean(data) && isChosen(data.pair) },
    getRowId: ({ data }) => data.id,
    rowSelection: { mode: "multiRow", checkboxes: false, headerCheckbox: false, enableClickSelection: true },
    cacheBlockSize: block,
    // One question after the other is answered: pairs-grid.js keeps the others.
    maxConcurrentDatasourceRequests: 3,
    maxBlocksInCache: 20,
    maintainColumnOrder: true,
    suppressDragLeaveHidesColumns: true,
    // Arrows go from cell to cell; the Tab key leaves the rows, however many there are.
    tabToNextCell: () => false,
    enableCellTextSelection: false,
    rowHeight: 32,
    headerHeight: 34,
    floatingFiltersHeight: 36,
    tooltipShowDelay: 400,
    animateRows: false,
    localeText: { noRowsToShow: "No pair passes the filters. “Clear filters” brings all back." },
  });

  window.atlasPairsOptions = { columnOf, optionsOf };
})();
