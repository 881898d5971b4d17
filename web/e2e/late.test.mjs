// Answers that come late or in another order than they were asked for, in a
// browser against the real binary: what is shown is what was asked for last.
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { Server, Tab, fill, gold, openBrowser, run, slow, verdict, moreTerms } from './world.mjs'

let server, browser, tab, page, jobs

const api = '/api/v1/workspaces/default'
const address = '/?symbol=XAU&start=1987-12-14&end=1989-03-31&units=1000&loan=301650&vol=16&hedge=protective-put-atm-12m'
const submit = async (more) => server.done((await server.submit({ ...gold, ...more })).job_id)

before(async () => {
  server = await Server.start()
  browser = await openBrowser()
  tab = new Tab(browser, server)
  jobs = []
  for (let i = 0; i < 24; i++) jobs.push(await submit({ loan_amount: 300000 + i, scenario_name: `Run ${i}` }))
})
after(async () => {
  await browser?.close()
  await server?.end()
})
beforeEach(async () => (page = await tab.open()))

// held keeps the answers to what matches until the test lets each of them go.
// The server answers at once, so that a late answer is an old one. A request
// that the page has given up is let go without harm.
async function held(matches, method = 'GET', forged) {
  const waiting = []
  const heard = []
  await page.route(matches, async (route) => {
    if (route.request().method() !== method) return route.fallback()
    const at = waiting.length
    const body = forged?.(route.request(), at)
    const answer = body ? { json: body } : { response: await route.fetch().catch(() => undefined) }
    waiting.push(() => route.fulfill(answer).catch(() => undefined))
    heard.splice(0).forEach((f) => f())
  })
  return {
    get count() {
      return waiting.length
    },
    // come waits until so many have been asked for; a test that asks for fewer
    // fails, and does not wait for ever.
    async come(n) {
      const late = Date.now() + 60_000
      while (waiting.length < n) {
        await Promise.race([new Promise((done) => heard.push(done)), new Promise((done) => setTimeout(done, 1_000))])
        assert.ok(waiting.length >= n || Date.now() < late, `${waiting.length} of ${n} requests came within a minute`)
      }
    },
    go: (i) => waiting[i](),
    async end() {
      await page.unroute(matches)
      for (const answer of waiting) await answer()
    },
  }
}
const list = (u) => u.pathname === `${api}/backtests`
const one = (id) => (u) => u.pathname === `${api}/backtests/${id}`
const ends = (text) => (u) => u.pathname.endsWith(text)
const items = () => page.locator('li.item')
const link = (name) => page.getByRole('link', { name, exact: true })
const search = () => page.getByLabel(/Search by symbol/)
const note = () => page.getByRole('textbox', { name: 'Note' })
const loan = () => page.getByLabel('Loan, USD').inputValue()
const filled = (value) => page.waitForFunction((v) => document.getElementById('loan')?.value === v, value)
async function history() {
  await page.goto(`${server.base}/?view=history`)
  await items().nth(19).waitFor()
}
async function cancel(job) {
  await fetch(`${server.base}${api}/backtests/${job.job_id}/cancel`, { method: 'POST' })
  await server.done(job.job_id)
}

test('the history reads its list once, and older runs stay', async () => {
  await page.clock.install()
  let asked = 0
  page.on('request', (r) => list(new URL(r.url())) && asked++)
  await history()
  await page.getByRole('button', { name: 'Show older ones' }).click()
  await items().nth(20).waitFor()
  await page.clock.runFor(1500)
  assert.equal(asked, 2)
  assert.equal(await items().count(), jobs.length)
})

test('a search that is answered late does not undo the next one', async () => {
  await history()
  const h = await held(list)
  await search().fill('Run 10')
  await h.come(1)
  await search().fill('Run 11')
  await h.come(2)
  await h.go(1)
  await page.getByText('1 run shown, all there are.').waitFor()
  await h.go(0)
  await link('Run 11').waitFor()
  assert.equal(await items().count(), 1)
})

test('older runs are not added to another search', async () => {
  await history()
  const h = await held(list)
  await page.getByRole('button', { name: 'Show older ones' }).click()
  await h.come(1)
  await search().fill('Run 11')
  assert.ok(await page.getByRole('button', { name: 'Reading …' }).isDisabled())
  await h.come(2)
  await h.go(0)
  await h.go(1)
  await page.getByText('1 run shown, all there are.').waitFor()
  assert.equal(await items().count(), 1)
})

test('a list that was asked for before brings back no deleted run and no old name', async () => {
  await submit({ loan_amount: 290001, scenario_name: 'Doomed' })
  await submit({ loan_amount: 290002, scenario_name: 'Old name' })
  await history()
  const h = await held(list)
  await page.getByLabel('Only runs that are').selectOption('complete')
  await h.come(1)
  await page.getByRole('button', { name: 'Delete Doomed' }).click()
  await page.getByRole('button', { name: 'Really delete Doomed' }).click()
  await link('Doomed').waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Edit name, note and tags of Old name' }).click()
  await page.getByLabel('Name', { exact: true }).fill('New name')
  await page.getByRole('button', { name: 'Keep', exact: true }).click()
  await link('New name').waitFor()
  await h.go(0)
  await page.getByRole('button', { name: 'Show older ones' }).waitFor()
  assert.deepEqual([await link('Doomed').count(), await link('Old name').count(), await link('New name').count()], [0, 0, 1])
})

test('news of a run that is asked for again and comes late does not make it run again', async () => {
  const job = await server.submit(slow())
  await page.goto(`${server.base}/?view=history`)
  const item = items().filter({ has: page.locator(`a[href="/runs/${job.job_id}"]`) })
  await item.getByText('▶ running').waitFor()
  const h = await held(one(job.job_id))
  await h.come(1)
  await cancel(job)
  await page.getByLabel('Only runs that are').selectOption('cancelled')
  await item.getByText('– cancelled').waitFor()
  await h.end()
  await page.getByText(/runs? shown/).waitFor()
  assert.equal(await item.getByText('– cancelled').count(), 1)
})

test('of two clones the later fills the form, and none takes the reader back', async () => {
  await history()
  const asked = await held(ends('/request'))
  await page.getByRole('button', { name: 'Clone Run 23' }).click()
  await asked.come(1)
  await page.getByRole('button', { name: 'Clone Run 22' }).click()
  await asked.come(2)
  await asked.go(0)
  await asked.go(1)
  await page.getByLabel('Loan, USD').waitFor()
  await filled('300022')
  await page.getByRole('link', { name: 'History' }).click()
  await page.getByRole('button', { name: 'Clone Run 23' }).click()
  await asked.come(3)
  await link('Run 21').click()
  await asked.come(4)
  await asked.go(2)
  await asked.go(3)
  await verdict(page).waitFor()
  await filled('300021')
  assert.match(page.url(), new RegExp(jobs[21].job_id))
})

test('while typing, the loan that was typed last is judged', async () => {
  await page.goto(server.base + address)
  await page.getByText(/is an LTV of 60\.0\s%/).waitFor()
  const h = await held(ends('/validate'), 'POST')
  await fill(page, { 'Loan, USD': '251375' })
  await h.come(1)
  await fill(page, { 'Loan, USD': '201100' })
  await h.come(2)
  await h.go(1)
  await page.getByText(/is an LTV of 40\.0\s%/).waitFor()
  await h.go(0)
  // A refusal that comes late marks no field either.
  await fill(page, { 'Loan, USD': '-1' })
  await h.come(3)
  await fill(page, { 'Loan, USD': '100550' })
  await h.come(4)
  await h.go(3)
  await page.getByText(/is an LTV of 20\.0\s%/).waitFor()
  await h.go(2)
  await page.getByLabel('Units pledged').focus()
  assert.equal(await page.getByLabel('Loan, USD').getAttribute('aria-invalid'), 'false')
})

test('the symbols offered are those of the source that was chosen last', async () => {
  const h = await held((u) => /\/sources\/[^/]+\/symbols$/.test(u.pathname))
  await page.goto(server.base + address)
  await h.come(1) // of the sample prices
  await page.getByLabel('Start from an example').selectOption({ label: 'An invented crash' })
  await h.come(2)
  await h.go(1)
  await page.locator('#symbols option[value="DEMO-CRASH"]').waitFor({ state: 'attached' })
  await h.go(0)
  await page.getByText(/DEMO-CRASH has prices from/).waitFor()
  assert.equal(await page.locator('#symbols option[value="XAU"]').count(), 0)
})

test('a vendor’s range and estimate are those of the symbol that was typed last', async () => {
  // The page is made to believe in a vendor that can be used.
  const check = await (await fetch(`${server.base}${api}/backtests/validate`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(gold) })).json()
  await page.route(ends('/validate'), (r) => r.fulfill({ json: check }))
  await page.route(ends('/databento/symbols'), (r) => r.fulfill({ json: { symbols: [] } }))
  const years = { GLD: 2004, SLV: 2006 }
  const named = (r) => decodeURIComponent(new URL(r.url()).pathname.split('/').pop())
  const ranges = await held((u) => /\/databento\/symbols\/.+/.test(u.pathname), 'GET', (r) => ({ symbol: named(r), available: [{ holds: 'bars', dataset: 'X', range: { first: `${years[named(r)]}-01-03`, last: '2020-01-02' } }] }))
  const costs = await held(ends('/estimate'), 'POST', (r, i) => ({ covered: false, data_cost_usd: 1, message: `Estimate ${i}: what ${r.postDataJSON().symbol} costs.` }))
  await page.goto(`${server.base}/?symbol=GLD&source=databento&start=2015-01-05&end=2016-01-05&units=1000&loan=60000&hedge=protective-put-atm-12m`)
  await ranges.come(1)
  await costs.come(1)
  await fill(page, { 'Pledged asset': 'SLV' })
  await ranges.come(2)
  await ranges.go(1)
  await page.getByText('SLV has prices from 3 Jan 2006').waitFor()
  await ranges.go(0)
  await costs.come(2)
  await costs.go(1)
  await page.getByText('Estimate 1: what SLV costs.').waitFor()
  await costs.go(0)
  // What is priced otherwise costs otherwise.
  await moreTerms(page)
  await page.getByLabel('Options are priced').selectOption({ label: 'from the bid and ask of listed ones' })
  await costs.come(3)
  await costs.go(2)
  await page.getByText('Estimate 2: what SLV costs.').waitFor()
  assert.equal(await page.getByText('SLV has prices from 3 Jan 2006').count(), 1)
})

test('who leaves while a question is submitted is not called back, and what is typed is kept', async () => {
  await page.goto(server.base + address.replace('301650', '301777'))
  await page.getByText(/is an LTV of/).first().waitFor()
  const h = await held(list, 'POST')
  await run(page)
  await h.come(1)
  await page.getByRole('link', { name: 'History' }).click()
  await items().first().waitFor()
  await h.go(0)
  await page.getByRole('link', { name: 'Backtest' }).click()
  await page.getByRole('button', { name: 'Run the backtest' }).waitFor() // no longer submitting
  assert.doesNotMatch(page.url(), /runs/)
  // The next question is typed while this one is under way.
  await run(page)
  await h.come(2)
  await fill(page, { 'Loan, USD': '222222' })
  await h.go(1)
  await verdict(page).waitFor()
  await page.reload()
  await verdict(page).waitFor()
  assert.equal(await loan(), '222222')
})

test('a refusal that comes late marks no field that was changed meanwhile', async () => {
  await page.goto(server.base + address)
  await page.getByText(/is an LTV of/).first().waitFor()
  const h = await held(list, 'POST')
  await fill(page, { 'Units pledged': '-1', 'Loan, USD': '-5' })
  await run(page)
  await h.come(1)
  await fill(page, { 'Units pledged': '1000' })
  await h.go(0)
  await page.getByRole('button', { name: 'Run the backtest' }).waitFor()
  await page.locator('#loan[aria-invalid=true]').waitFor()
  await page.locator('#units[aria-invalid=false]').waitFor() // once the new question was looked at
})

test('what runs elsewhere does not take the page from who has begun to type', async () => {
  const job = await server.submit(slow())
  const h = await held(ends('/backtests/current'))
  await page.goto(server.base)
  await h.come(1)
  await fill(page, { 'Loan, USD': '123123' })
  await h.go(0)
  await page.getByText('A run is going on here already').waitFor()
  assert.equal(await loan(), '123123')
  await cancel(job)
})

test('the result, the question and the name of a run that was left do not show on another', async () => {
  const result = await held((u) => u.pathname === `${api}/backtests/${jobs[22].job_id}/result`)
  const asked = await held((u) => u.pathname === `${api}/backtests/${jobs[22].job_id}/request`)
  await page.goto(`${server.base}/runs/${jobs[22].job_id}`)
  await result.come(1)
  await asked.come(1)
  await page.getByRole('link', { name: 'History' }).click()
  await link('Run 23').click()
  await verdict(page).waitFor()
  await filled('300023')
  await result.go(0)
  await asked.go(0)
  const patch = await held(one(jobs[23].job_id), 'PATCH')
  await note().fill('Late.')
  await note().blur()
  await patch.come(1)
  assert.equal(await loan(), '300023')
  await page.getByRole('link', { name: 'History' }).click()
  await link('Run 21').click()
  await verdict(page).waitFor()
  await patch.go(0)
  await filled('300021')
  assert.match(await page.title(), /^Run 21/)
  assert.equal(await page.getByLabel('Name', { exact: true }).inputValue(), 'Run 21')
})

test('a cancel that is answered late does not bring its run back', async () => {
  const job = await server.submit(slow())
  await page.goto(`${server.base}/runs/${job.job_id}`)
  const h = await held(ends('/cancel'), 'POST')
  await page.getByRole('button', { name: 'Cancel', exact: true }).click()
  await h.come(1)
  await page.getByRole('link', { name: 'History' }).click()
  await link('Run 21').click()
  await verdict(page).waitFor()
  await h.go(0)
  await filled('300021')
  assert.match(await page.title(), /^Run 21/)
  await server.done(job.job_id)
})

test('notes are written in the order in which they were typed', async () => {
  const job = jobs[20]
  await page.goto(`${server.base}/runs/${job.job_id}`)
  await verdict(page).waitFor()
  const h = await held(one(job.job_id), 'PATCH')
  await note().fill('first')
  await note().blur()
  await h.come(1)
  await note().fill('second')
  await note().blur()
  assert.equal(h.count, 1) // the second waits for the first
  await h.go(0)
  await h.come(2)
  await h.go(1)
  await page.getByText('Kept.').waitFor()
  assert.equal(await note().inputValue(), 'second')
  assert.equal((await (await fetch(`${server.base}${api}/backtests/${job.job_id}`)).json()).note, 'second')
})

test('a day is explained under its own date', async () => {
  await page.goto(`${server.base}/runs/${jobs[19].job_id}`)
  await verdict(page).waitFor()
  const chart = page.getByRole('application').first()
  await chart.press('End') // focuses it first, wherever drawing it anew has left the focus
  const h = await held((u) => u.pathname.includes('/days/'))
  await chart.press('Enter')
  const dialog = page.getByRole('dialog')
  await dialog.waitFor() // it has the keys from here on
  const told = (date) => dialog.locator('.sentence').filter({ hasText: date })
  await h.come(1)
  await page.keyboard.press('ArrowLeft')
  await h.come(2)
  await h.go(1)
  await told('30 Mar 1989').waitFor()
  await h.go(0)
  await page.keyboard.press('ArrowLeft')
  await h.come(3)
  await dialog.getByText('Reading …').waitFor() // no day's arithmetic under another's date
  await h.go(2)
  await told('29 Mar 1989').waitFor()
})

test('a comparison shows the runs of its address', async () => {
  const compare = (a, b) => `/?compare=${jobs[a].job_id},${jobs[b].job_id}`
  await page.goto(server.base + compare(2, 3))
  await link('Run 2').waitFor()
  // The reader's own steps: forth to 6 and 7, and back over 4 and 5.
  await page.evaluate((u) => history.pushState(null, '', u), compare(4, 5))
  await page.evaluate((u) => history.pushState(null, '', u), compare(6, 7))
  const h = await held(ends('/result'))
  await page.evaluate(() => history.back())
  await h.come(2)
  await page.evaluate(() => history.forward())
  await h.come(4)
  for (const i of [2, 3]) await h.go(i)
  await link('Run 6').waitFor()
  for (const i of [0, 1]) await h.go(i)
  await link('Run 7').waitFor()
  assert.equal(await link('Run 4').count(), 0)
})

test('files: a list that comes late hides no file, and who has chosen other prices keeps them', async () => {
  const lines = Array.from({ length: 30 }, (_, i) => `2024-01-${String(1 + i).padStart(2, '0')},${100 - i / 2}`)
  const choose = (name) => page.getByLabel(/A file with a date/).setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(`date,close\n${lines.join('\n')}\n`) })
  const files = await held((u) => u.pathname === `${api}/datasets`)
  const symbols = await held(ends('/file/symbols'))
  await page.goto(`${server.base}${address}&source=file`)
  await files.come(1)
  await symbols.come(1)
  const name = page.getByLabel('Keep it as')
  await choose('mine.csv')
  assert.equal(await name.inputValue(), 'MINE')
  await name.fill('')
  assert.equal(await name.inputValue(), '') // is not filled again by itself
  await choose('other.csv')
  assert.equal(await name.inputValue(), 'OTHER') // a second file takes its own name
  await page.getByRole('button', { name: 'Import' }).click()
  await files.come(2)
  await symbols.come(2)
  await files.go(1)
  await symbols.go(1)
  const remove = page.getByRole('button', { name: 'Remove the file of OTHER' })
  await remove.waitFor()
  await files.go(0) // from before the upload
  await symbols.go(0)
  await page.locator('#symbols option[value="OTHER"]').waitFor({ state: 'attached' })
  assert.equal(await remove.count(), 1)

  const upload = await held((u) => u.pathname === `${api}/datasets`, 'POST')
  await choose('late.csv')
  await page.getByRole('button', { name: 'Import' }).click()
  await upload.come(1)
  await page.getByLabel('Start from an example').selectOption({ index: 1 }) // the gold story
  await upload.go(0)
  await page.getByText(/XAU has prices from/).waitFor()
  assert.equal(await page.getByLabel('Pledged asset').inputValue(), 'XAU')
})

test('the picker of sources shows the list that was asked for last', async () => {
  const h = await held(ends('/synthetic/symbols'), 'GET', (_, i) => ({ symbols: [{ symbol: `S${i}`, title: '', dataset: '', sessions: 1, range: { first: '2020-01-02', last: '2020-01-02' } }] }))
  await page.goto(server.base + address)
  await page.getByLabel('Prices from').click()
  await h.come(1)
  await page.getByRole('button', { name: 'Done' }).click()
  await page.getByLabel('Prices from').click()
  await h.come(2)
  await h.go(1)
  await h.go(0)
  const range = page.getByText(/2 Jan 2020 to 2 Jan 2020/)
  await range.waitFor()
  assert.match(await range.innerText(), /^S1/)
})
