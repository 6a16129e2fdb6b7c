/** Charges an order. A refusal is an answer of the provider; only an outage is an error. */
export async function charge(order, signal) {
  const response = await fetch(process.env.PAYMENT_URL, {
    method: 'POST',
    body: JSON.stringify(order),
    ...(signal && { signal }),
  })
  if (response.status === 429 || response.status >= 500)
    throw Object.assign(new Error(`The provider answered ${response.status}`), { status: response.status })
  return { status: response.ok ? 'charged' : 'refused' }
}

/** The function that the guarded task of the state machine calls. */
export const handler = order => charge(order)
