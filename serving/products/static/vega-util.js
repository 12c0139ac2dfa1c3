// The interpreter imports these from vega-util, which vega.min.js holds, too; the page's import map leads here.
export const { ascending, isString, DisallowedObjectProperties } = globalThis.vega;
