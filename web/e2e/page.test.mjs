// The page in a browser against the real binary.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { Server, accessible, gold, openBrowser, shots, sleep, slow } from './world.mjs'

let server, browser, context, page
const complaints = []

before(async () => {
  server = await Server.start()
  browser = await openBrowser()
})
after(async () => {
  await browser?.close()
  await server?.end()
})

async function fresh(options = {}) {
  await context?.close()
  context = await browser.newContext({ viewport: { width: 1360, height: 1000 }, acceptDownloads: true, ...options })
  page = await context.newPage()
  complaints.length = 0
  page.on('pageerror', (e) => complaints.push(e.message))
  page.on('console', (m) => m.type() === 'error' && /Content Security Policy/.test(m.text()) && complaints.push(m.text()))
}
beforeEach(() => fresh())

const shot = (name, full = false) => page.screenshot({ path: join(shots, `${name}.png`), fullPage: full })
const verdict = () => page.locator('#verdict')
const quiet = () => assert.deepEqual(complaints, [])

async function fill(values) {
  for (const [label, value] of Object.entries(values)) await page.getByLabel(label, { exact: true }).fill(value)
}
async function clear() {
  await page.goto(server.base)
  await fill({ 'Pledged asset': '', 'Units pledged': '', 'Loan, USD': '', From: '', To: '', 'The lender calls at an LTV of, %': '' })
}
const run = () => page.getByRole('button', { name: 'Run the backtest' }).click()

test('the gold story from an empty form to the verdict', async () => {
  await clear()
  await fill({ 'Pledged asset': 'XAU', 'Units pledged': '1000', 'Loan, USD': '301,650', From: '1987-12-14', To: '1989-03-31', 'The lender calls at an LTV of, %': '75' })
  await page.getByText('More terms').click()
  await fill({ 'Option vol, % a year': '16' })
  await page.getByText('60.0 %').waitFor() // LTV at entry, while typing
  await page.getByText('402.2').first().waitFor() // the price of the call
  await shot('form')
  await run()
  await verdict().waitFor()
  assert.match(await verdict().innerText(), /called on 55 days, first on 1988-09-21/)
  assert.match(page.url(), /\/runs\/[0-9a-f-]{36}$/)
  const cards = page.getByRole('list', { name: 'Key figures' })
  assert.match(await cards.innerText(), /Days in margin call[\s\S]*0[\s\S]*55/)
  assert.match(await cards.innerText(), /62\.9 %[\s\S]*79\.6 %/)
  await shot('result', true)

  await page.reload()
  await verdict().waitFor()
  assert.equal(await page.getByLabel('Units pledged').inputValue(), '1000')
  quiet()
})

test('what is wrong stands beside its field, and one click mends it', async () => {
  await page.goto(server.base)
  await fill({ 'Units pledged': '-1', From: '1980-01-01' })
  await run()
  await page.getByText('must be above 0').waitFor()
  assert.equal(await page.getByLabel('Units pledged').getAttribute('aria-invalid'), 'true')
  await shot('validation')
  assert.deepEqual(await accessible(page), [])
  await fill({ 'Units pledged': '1000' })
  await page.getByRole('button', { name: 'Use 1985-01-02' }).click()
  assert.equal(await page.getByLabel('From', { exact: true }).inputValue(), '1985-01-02')
  quiet()
})

test('what was typed survives a reload, and the address carries it', async () => {
  await page.goto(server.base)
  await fill({ 'Loan, USD': '123456', 'Units pledged': '777' })
  await page.waitForURL(/units=777.*loan=123456/)
  const address = page.url()
  await page.reload()
  assert.equal(await page.getByLabel('Loan, USD').inputValue(), '123456')
  await fresh()
  await page.goto(address)
  assert.equal(await page.getByLabel('Units pledged').inputValue(), '777')
})

test('progress, a live chart, a reload and a cancel', async () => {
  const job = await server.submit(slow())
  await page.goto(`${server.base}/runs/${job.job_id}`)
  await page.getByText(/[\d,]+ of [\d,]+ days/).waitFor()
  await page.locator('.u-over').first().waitFor()
  await sleep(700)
  await shot('running')
  assert.deepEqual(await accessible(page), [])
  await page.reload()
  await page.getByText(/[\d,]+ of [\d,]+ days/).waitFor()
  await page.getByRole('button', { name: 'Cancel', exact: true }).click()
  await page.getByRole('heading', { name: 'Cancelled' }).waitFor()
  await shot('cancelled')
  assert.equal((await server.done(job.job_id)).status, 'cancelled')
  quiet()
})

test('a second tab replaces the run, and the first says so', async () => {
  const job = await server.submit(slow())
  await page.goto(server.base) // what goes on is shown without being asked for
  await page.getByText(/[\d,]+ of [\d,]+ days/).waitFor()
  const other = await context.newPage()
  await other.goto(`${server.base}/?symbol=XAU&start=1987-12-14&end=1989-03-31&units=1000&loan=301651&hedge=protective-put-95pct-12m`)
  await other.getByRole('button', { name: 'Run the backtest' }).click()
  await other.locator('#verdict').waitFor()
  await page.getByRole('heading', { name: 'Replaced by a newer run' }).waitFor()
  await shot('replaced')
  await page.getByRole('button', { name: 'Open the newer run' }).click()
  await verdict().waitFor()
  assert.equal((await server.done(job.job_id)).status, 'cancelled')
})

test('kill -9 and a restart in the middle: the page says it, and the run goes on', async () => {
  const job = await server.submit(slow())
  await page.goto(`${server.base}/runs/${job.job_id}`)
  await page.getByText(/[\d,]+ of [\d,]+ days/).waitFor()
  await server.kill()
  await page.getByText(/has not answered since/).waitFor()
  await shot('away')
  await fill({ 'Loan, USD': '654321' })
  await server.up()
  await page.getByText(/has not answered since/).waitFor({ state: 'detached' })
  await page.getByText(/taken up again after an interruption/).waitFor()
  assert.equal(await page.getByLabel('Loan, USD').inputValue(), '654321')
  await page.getByRole('button', { name: 'Cancel', exact: true }).click()
  await page.getByRole('heading', { name: 'Cancelled' }).waitFor()
  await server.done(job.job_id)
})

test('history, clone and compare', async () => {
  for (const [slug, name] of [['protective-put-95pct-12m', 'Ninety-five'], ['collar-zero-cost-95-12m', 'Collar']]) {
    await server.done((await server.submit({ ...gold, template_slug: slug, scenario_name: name })).job_id)
  }
  await page.goto(server.base)
  await page.getByRole('link', { name: 'History' }).click()
  await page.getByRole('checkbox', { name: 'Compare Ninety-five' }).check()
  await page.getByRole('checkbox', { name: 'Compare Collar' }).check()
  await shot('history')
  assert.deepEqual(await accessible(page), [])
  await page.getByRole('button', { name: 'Compare 2' }).click()
  const table = page.getByRole('region', { name: 'Figures side by side' })
  await table.waitFor()
  assert.match(await table.innerText(), /best/)
  await shot('compare')
  assert.deepEqual(await accessible(page), [])
  await page.goBack()
  await page.getByLabel(/Search by symbol/).fill('nothing like it')
  await page.getByText('No run has “nothing like it”').waitFor()
  await page.getByRole('button', { name: 'Show all' }).click()
  await page.getByRole('button', { name: 'Clone Collar' }).click()
  assert.equal(await page.getByLabel('Pledged asset').inputValue(), 'XAU')
  await page.getByText('Zero-cost collar', { exact: false }).first().waitFor()
  quiet()
})

test('the files are what they say', async () => {
  const job = await server.done((await server.submit({ ...gold, force: true })).job_id)
  await page.goto(`${server.base}/runs/${job.job_id}`)
  await verdict().waitFor()
  const take = async (name) => {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name, exact: true }).click()])
    return readFileSync(await download.path())
  }
  const csv = (await take('CSV')).toString()
  assert.match(csv, /^template_slug,date,spot_open/)
  assert.equal(csv.trim().split('\r\n').length, 320)
  const json = JSON.parse((await take('JSON')).toString())
  assert.equal(json.template_results[0].summary_metrics.margin_call_days_unhedged, 55)
  const parquet = await take('Parquet')
  assert.equal(parquet.subarray(0, 4).toString() + parquet.subarray(-4).toString(), 'PAR1PAR1')
  const xlsx = await take('Excel')
  assert.equal(xlsx.subarray(0, 2).toString(), 'PK')
  const report = (await take('Report')).toString()
  const alone = join(shots, 'report.html')
  writeFileSync(alone, report)
  page = await context.newPage()
  const asked = []
  page.on('request', (r) => r.url().startsWith('file:') || asked.push(r.url()))
  await page.goto(`file://${alone}`)
  await verdict().waitFor()
  assert.match(await verdict().innerText(), /55 days/)
  assert.deepEqual(asked, [])
  await shot('report', true)
  assert.deepEqual(await accessible(page), [])
})

test('keys alone', async () => {
  await page.goto(`${server.base}/?symbol=XAU&start=1987-12-14&end=1989-03-31&units=1000&loan=301652&vol=16&hedge=protective-put-atm-12m`)
  await page.getByLabel('Loan, USD').waitFor()
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press('Tab')
    if ((await page.evaluate(() => document.activeElement?.textContent ?? '')).startsWith('Run the backtest')) break
  }
  await page.keyboard.press('Enter')
  await verdict().waitFor()
  for (let i = 0; i < 80; i++) {
    await page.keyboard.press('Tab')
    if ((await page.evaluate(() => document.activeElement?.getAttribute('role'))) === 'application') break
  }
  await page.keyboard.press('n')
  const read = page.locator('.read')
  assert.match(await read.innerText(), /1988-09-21/)
  await page.keyboard.press('ArrowRight')
  assert.match(await read.innerText(), /1988-09-22/)
  await page.keyboard.press('Shift+ArrowRight')
  assert.match(await read.innerText(), /1988-10-03/)
  await page.keyboard.press('+')
  await page.keyboard.press('0')
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').getByText('1000 units', { exact: false }).first().waitFor()
  await shot('day')
  assert.deepEqual(await accessible(page), [])
  await page.keyboard.press('Escape')
  await page.keyboard.press('?')
  await page.getByRole('heading', { name: 'Keys on the charts' }).waitFor()
  await page.keyboard.press('Escape')
  quiet()
})

test('the picker shows what a hedge does', async () => {
  await page.goto(server.base)
  await page.getByRole('button', { name: 'Change or compare hedges' }).click()
  await page.getByLabel('Search hedges').fill('zero')
  await page.getByText('costs nothing in a flat year').first().waitFor()
  await shot('hedges')
  assert.deepEqual(await accessible(page), [])
  await page.getByRole('checkbox').first().check()
  await page.getByRole('button', { name: 'Done' }).click()
  await run()
  await page.getByRole('heading', { name: 'The hedges side by side' }).waitFor()
  await shot('several', true)
  assert.deepEqual(await accessible(page), [])
})

test('a file of prices is imported and run', async () => {
  await page.goto(server.base)
  await page.getByLabel('Prices from').selectOption('file')
  const days = Array.from({ length: 40 }, (_, i) => `2024-0${1 + Math.floor(i / 28)}-${String(1 + (i % 28)).padStart(2, '0')},${100 - i / 2},${101 - i / 2},${98 - i / 2},${100 - i / 2}`)
  const send = async (text) => {
    await page.getByLabel(/A file with a date/).setInputFiles({ name: 'mine.csv', mimeType: 'text/csv', buffer: Buffer.from(text) })
    await page.getByLabel('Keep it as').fill('MINE')
    await page.getByRole('button', { name: 'Import' }).click()
  }
  await send('date,close\n2024-01-02,cheap\n')
  await page.getByText(/line 2/i).waitFor()
  await send(`date,open,high,low,close\n${days.join('\n')}\n`)
  await page.getByText('MINE: 40 sessions').waitFor()
  await shot('upload')
  assert.deepEqual(await accessible(page), [])
  await page.getByText('More terms').click()
  await fill({ 'Units pledged': '100', 'Loan, USD': '7000', 'The lender calls at an LTV of, %': '80', 'Option vol, % a year': '30' })
  await run()
  await sleep(1500)
  await verdict().waitFor()
  await page.getByRole('button', { name: 'Zoom in' }).click()
  await sleep(200)
  await shot('candles')
  await page.getByLabel('Note', { exact: true }).fill('Looked at')
  await page.getByLabel(/^Tags/).fill('own, file')
  await page.getByLabel(/^Tags/).blur()
  await page.getByRole('link', { name: 'History' }).click()
  await page.getByText('Tags: own, file').waitFor()
  quiet()
})

test('a failed run says why and what to do', async () => {
  const job = await server.done((await server.submit({ ...gold, symbol: 'GLD', start_date: '2015-01-05', end_date: '2016-01-05', data_source: 'databento', loan_amount: 60000 })).job_id)
  assert.equal(job.status, 'failed')
  await page.goto(`${server.base}/runs/${job.job_id}`)
  await page.getByRole('heading', { name: 'This run failed' }).waitFor()
  await page.getByText(/DATABENTO_API_KEY/).first().waitFor()
  await page.getByText('Technical detail').click()
  await shot('failed')
  assert.deepEqual(await accessible(page), [])
})

test('a run that is not there, and an empty history', async () => {
  await page.goto(`${server.base}/runs/01a20e51-bdf1-7ba4-a9e0-e2a88b58cbaa`)
  await page.getByText('There is no such run here').waitFor()
  await shot('missing')
  assert.deepEqual(await accessible(page), [])
})

for (const [name, options] of [
  ['light', {}],
  ['dark', { colorScheme: 'dark' }],
  ['mobile', { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }],
  ['mobile dark', { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, colorScheme: 'dark' }],
]) {
  test(`${name}: every screen is accessible and fits`, async () => {
    await fresh(options)
    const job = await server.done((await server.submit(gold)).job_id)
    for (const [screen, address, ready] of [
      ['home', '/', 'h1'],
      ['result', `/runs/${job.job_id}`, '#verdict'],
      ['history', '/?view=history', 'li.item'],
    ]) {
      await page.goto(server.base + address)
      await page.locator(ready).first().waitFor()
      await sleep(300)
      await shot(`${name.replace(' ', '-')}-${screen}`, true)
      assert.deepEqual(await accessible(page), [], `${screen} in ${name}`)
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
      assert.ok(wide <= 0, `${screen} in ${name} is ${wide} pixels too wide`)
    }
    quiet()
  })
}

test('a long run stays smooth', async () => {
  const job = await server.done((await server.submit({ ...gold, symbol: 'SYN-1', data_source: 'synthetic', start_date: '1990-01-02', end_date: '2024-12-31', loan_amount: 10000 })).job_id)
  assert.equal(job.status, 'complete', job.error)
  await page.goto(`${server.base}/runs/${job.job_id}`)
  await verdict().waitFor()
  await sleep(500)
  const longest = await page.evaluate(async () => {
    const seen = [0]
    new PerformanceObserver((l) => l.getEntries().forEach((e) => seen.push(e.duration))).observe({ type: 'longtask' })
    const over = document.querySelectorAll('.u-over')[1]
    const box = over.getBoundingClientRect()
    for (let i = 0; i < 60; i++) {
      over.dispatchEvent(new MouseEvent('mousemove', { clientX: box.left + (box.width * i) / 60, clientY: box.top + 50, bubbles: true }))
      await new Promise(requestAnimationFrame)
    }
    await new Promise((done) => setTimeout(done, 100))
    return Math.max(...seen)
  })
  console.log(`# ${job.total} days: the longest task while moving over the chart took ${Math.round(longest)} ms`)
})

test('the client is that of this server', async () => {
  const { default: openapiTS, astToString } = await import('openapi-typescript')
  const now = astToString(await openapiTS(new URL(`${server.base}/openapi.json`)))
  const kept = readFileSync(new URL('../src/lib/schema.ts', import.meta.url), 'utf8')
  const strip = (s) => s.replace(/^\/\*\*[\s\S]*?\*\/\s*/, '').trim()
  assert.ok(strip(kept) === strip(now), 'src/lib/schema.ts is not what the server describes: run `make web/api`')
})
