import { objectWith, text, wholeNumber } from '@breakwater/circuit/shared'

/** The two options of a RegionAndAccount. */
export const regionAndAccountChecks = { region: text, account: text }

export const aClock = objectWith('a Clock', 'now', 'setTimeout', 'clearTimeout')

/** 0 is a free one. */
export const aPort = wholeNumber(0, 65_535)
