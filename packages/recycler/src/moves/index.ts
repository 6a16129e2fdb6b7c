/**
 * When a label moved, from what is seen of it: events that come late, twice, out of order or never, and look-ups.
 *
 * @module
 */
export { changeIdOf } from './change-id.ts'
export { type LookSighting, noteLook } from './note-look.ts'
export { isBehind, type MoveEvent, type Noted, noteMove, type Sighting } from './note-move.ts'
