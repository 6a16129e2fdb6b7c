/** Settings of the function, from its environment variables. Those of its circuit are read by `circuitFromEnvironment`. */
export interface Config {
  readonly paymentUrl: URL
}

/**
 * Reads the settings.
 *
 * @throws Error that names the variable, while the environment starts.
 * @example
 * const config = readConfig(process.env)
 */
export function readConfig({ PAYMENT_URL: value }: Readonly<Record<string, string | undefined>>): Config {
  const paymentUrl = URL.parse(value ?? '')
  if (paymentUrl?.protocol === 'https:' || paymentUrl?.protocol === 'http:') return { paymentUrl }
  const got = value === undefined ? 'nothing' : JSON.stringify(value.slice(0, 64))
  throw new Error(`PAYMENT_URL: got ${got}; allowed is the http or https address to post charges to`)
}
