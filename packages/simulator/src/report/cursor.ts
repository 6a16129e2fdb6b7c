/**
 * The script of a report. It puts one cursor through all plots of a run, moved by the pointer, or by the arrow keys in a
 * plot that has the focus, and the values at that moment into the legends. Without it the report has no cursor.
 */
export const cursorScript = `
for (const run of document.querySelectorAll('section')) {
  const plots = Array.from(run.querySelectorAll('.plot'), plot => ({
    plot,
    name: plot.getAttribute('aria-label'),
    values: JSON.parse(plot.dataset.values),
    line: plot.querySelector('.cursor'),
    figure: plot.closest('figure'),
  }))
  const [first] = plots
  if (!first) continue
  const bucketMs = Number(first.plot.dataset.bucket)
  const durationMs = Number(first.plot.dataset.duration)
  const last = Math.max(0, ...plots.flatMap(({ values }) => values.map(row => row.length - 1)))
  let at = -1
  const moment = () => {
    const seconds = (at * bucketMs) / 1000
    return durationMs > 300000 ? Math.floor(seconds / 60) + ' min ' + (seconds % 60) + ' s' : seconds + ' s'
  }
  const show = next => {
    at = Math.min(last, Math.max(0, next))
    for (const { plot, name, values, line, figure } of plots) {
      line.hidden = false
      line.style.left = Math.min(100, (((at + 0.5) * bucketMs) / durationMs) * 100) + '%'
      const entries = [...figure.querySelectorAll('.legend span')]
      const texts = entries.map((entry, index) => {
        const value = entry.querySelector('b')
        value.textContent = (values[index][at] ?? 0).toLocaleString('en', { maximumFractionDigits: 1 })
        return entry.textContent.trim()
      })
      figure.querySelector('.moment').textContent = 'at ' + moment()
      plot.setAttribute('aria-valuenow', at)
      plot.setAttribute('aria-valuetext', 'at ' + moment() + ': ' + texts.join(', '))
    }
  }
  for (const { plot } of plots) {
    plot.tabIndex = 0
    plot.setAttribute('role', 'slider')
    plot.setAttribute('aria-valuemin', 0)
    plot.setAttribute('aria-valuemax', last)
    plot.setAttribute('aria-valuenow', 0)
    const point = event => {
      const { left, width } = plot.getBoundingClientRect()
      show(Math.floor((((event.clientX - left) / width) * durationMs) / bucketMs))
    }
    plot.addEventListener('pointermove', point)
    plot.addEventListener('pointerdown', point)
    plot.addEventListener('focus', () => at < 0 && show(0))
    plot.addEventListener('keydown', event => {
      const steps = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -last, End: last }
      const step = steps[event.key]
      if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return
      event.preventDefault()
      show(at + step * (event.shiftKey ? 10 : 1))
    })
  }
}
for (const hint of document.querySelectorAll('.hint')) hint.hidden = false
`
