// What assets/js/widgets/pairs-grid.js uses of AG Grid: rows that come by blocks, filters of texts and
// numbers, selection and tooltips. Whoever uses more has to name its module here.
import {
  CellApiModule, CellStyleModule, ColumnApiModule, ColumnAutoSizeModule, EventApiModule,
  InfiniteRowModelModule, LocaleModule, ModuleRegistry, NumberFilterModule, RenderApiModule, RowApiModule,
  RowSelectionModule, RowStyleModule, ScrollApiModule, TextFilterModule, TooltipModule, createGrid, themeQuartz,
} from "ag-grid-community";

ModuleRegistry.registerModules([
  CellApiModule, CellStyleModule, ColumnApiModule, ColumnAutoSizeModule, EventApiModule,
  InfiniteRowModelModule, LocaleModule, NumberFilterModule, RenderApiModule, RowApiModule,
  RowSelectionModule, RowStyleModule, ScrollApiModule, TextFilterModule, TooltipModule,
]);

export { createGrid, themeQuartz };
