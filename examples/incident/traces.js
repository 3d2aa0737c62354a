// The page of collector.js: each slow trace as a waterfall of its spans. What spans say is text, never HTML.

const COLUMNS = { Service: '', Span: '', Start: 'number', Duration: 'number', Outcome: 'outcome', Timeline: 'time' }

function element(tag, className, ...content) {
  const made = Object.assign(document.createElement(tag), { className })
  made.append(...content)
  return made
}

const rowOf = (tag, className, cells) => element('tr', className, ...Object.values(COLUMNS).map((each, i) => element(tag, each, cells[i])))

function section([id, spans]) {
  const from = Math.min(...spans.map(({ start }) => start))
  const whole = Math.max(...spans.map(({ start, took }) => start + took)) - from
  const rows = spans.map(({ depth, service, name, start, took, error }) => {
    const [bar, title] = [element('div', 'bar'), element('span', '', name)]
    bar.style.marginLeft = `${(100 * (start - from)) / whole}%`
    bar.style.width = `${(100 * took) / whole}%`
    title.style.paddingLeft = `${20 * depth}px`
    const times = [start - from, took].map((each) => `${each.toFixed(1)} ms`)
    return rowOf('td', error === undefined ? '' : 'failed', [service, title, ...times, error ?? 'ok', bar])
  })
  const heading = element('h2', '', new Date(from).toLocaleTimeString(undefined, { hour12: false }), element('small', '', `trace ${id}`))
  return element('section', '', heading, element('table', '', rowOf('th', '', Object.keys(COLUMNS)), ...rows))
}

async function look() {
  const status = document.querySelector('[role=status]')
  try {
    const traces = await (await fetch('traces.json')).json()
    document.querySelector('main').replaceChildren(...traces.map(section))
    status.textContent = traces.length === 0 ? 'None yet.' : 'Those that took a second or longer, the latest first.'
  } catch {
    status.textContent = 'The collector is gone.'
  }
}

void look()
setInterval(() => void look(), 2_000)
