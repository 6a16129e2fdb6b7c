/** An answer's headers. They may be of any type. */
interface WithHeaders {
  readonly headers?: unknown
  readonly multiValueHeaders?: unknown
}

/** Milliseconds that the headers of an answer ask for. */
export function retryAfterIn(answer: WithHeaders | undefined): number | undefined {
  return (
    parseRetryAfter(retryAfterOf(answer?.headers), Date.now) ??
    parseRetryAfter(retryAfterOf(answer?.multiValueHeaders), Date.now)
  )
}

/** Names of headers come in any case, and a list where there may be several values. */
function retryAfterOf(headers: unknown): unknown {
  if (typeof headers !== 'object' || headers === null) return undefined
  const fields = headers as Record<string, unknown>
  // Headers of fetch and axios; but a header may be called `get`, too.
  const value =
    typeof fields.get === 'function'
      ? fields.get('retry-after')
      : fields[Object.keys(fields).find(name => name.toLowerCase() === 'retry-after') as string]
  return [value].flat()[0]
}

/**
 * Milliseconds a `Retry-After` asks for: whole seconds, as text or as a number, or an HTTP date in one of the three forms
 * of RFC 9110 (5.6.7, 10.2.3). Undefined for everything else, and for a date that is past.
 *
 * @param value the header's value.
 * @param now the time, epoch ms.
 * @example
 * parseRetryAfter('120', Date.now) // 120_000
 */
export function parseRetryAfter(value: unknown, now: () => number): number | undefined {
  const text = typeof value === 'number' || typeof value === 'string' ? String(value).trim() : ''
  // At most what RFC 9111 (1.2.2) has recipients take a larger number for.
  if (text === '') return undefined
  if (/^\d+$/.test(text)) return Math.min(+text, 2 ** 31) * 1000
  const wait = parseHttpDate(text, now) - now()
  return wait > 0 ? wait : undefined
}

const weekdays = ['Sun', 'Mon', 'Tues', 'Wednes', 'Thurs', 'Fri', 'Satur']

/**
 * Epoch ms of an HTTP date: IMF-fixdate, RFC 850 or asctime; NaN for any other text. `Date.parse` alone takes every number
 * for a year, and asctime's dates for dates of the local time: so a date must be what its time is when written again.
 */
function parseHttpDate(text: string, now: () => number): number {
  // Two digits name the last such year that is at most 50 years ahead.
  const last = new Date(now()).getUTCFullYear() + 50
  const dated = text.replace(/-(\d\d) /, (_, year) => `-${last - ((last - year) % 100)} `)
  const date = new Date(dated.replace(/\d$/, '$& GMT'))
  const imf = date.toUTCString()
  const [weekday, day, month, year, time] = imf.split(/,? /)
  return text === imf ||
    text === `${weekdays[date.getUTCDay()]}day, ${day}-${month}-${year?.slice(2)} ${time} GMT` ||
    text === `${weekday} ${month} ${day?.replace(/^0/, ' ')} ${time} ${year}`
    ? +date
    : Number.NaN
}
