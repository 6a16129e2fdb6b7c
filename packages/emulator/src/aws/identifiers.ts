/** Where the resources claim to be; part of every ARN. */
export interface Place {
  /** @default 'eu-west-1' */
  readonly region?: string
  /** @default '123456789012' */
  readonly account?: string
}

/** Fills in what a {@link Place} leaves out. */
export function placeOf({ region = 'eu-west-1', account = '123456789012' }: Place): Required<Place> {
  return { region, account }
}
