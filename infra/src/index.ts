/**
 * The reference stack: what deploys every part of Breakwater together.
 *
 * @module
 */
export { makeApp } from './app.ts'
