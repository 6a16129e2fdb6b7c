/** A dependency that is down for negative amounts. */
export async function handler({
  amount,
}: {
  readonly amount: number
}): Promise<{ readonly charged: number }> {
  if (amount < 0) throw new Error('down')
  return { charged: amount }
}
