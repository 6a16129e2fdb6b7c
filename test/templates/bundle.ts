/** First line of an ES module bundle: bundled CommonJS dependencies call require, which a module does not have. */
export const banner =
  "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"
