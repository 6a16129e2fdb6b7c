/**
 * Circuits around every kind of call: fetch, AWS SDK clients, cockatiel policies; and what goes with them: retry,
 * client-side throttling, deadlines.
 *
 * @module
 */
export {}
