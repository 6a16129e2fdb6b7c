import { objectWith, text, textLike, wholeNumber } from '@breakwater/circuit/shared'

/** The two options of a RegionAndAccount. */
export const regionAndAccountChecks = { region: text, account: text }

export const aClock = objectWith('a Clock', 'now', 'setTimeout', 'clearTimeout')

/** 0 is a free one. */
export const aPort = wholeNumber(0, 65_535)

export const anArn = textLike(/^arn:[\w-]+:[\w-]+:[\w-]*:\d{12}:.+$/, 'an ARN')

/** Such as `eu-west-1`. */
export const aRegion = textLike(/^[a-z]{2}(-[a-z]+)+-\d$/, "the name of a Region, such as 'eu-west-1'")
