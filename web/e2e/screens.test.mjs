// Every screen in light, dark and on a telephone: accessible, fitting, and
// kept as a picture to be looked at.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Server, Tab, accessible, fill, gold, openBrowser, run, shot, shots, slow, verdict, moreTerms } from './world.mjs'

let server, browser, jobs

const several = {
  symbol: 'SPX', start_date: '2007-10-01', end_date: '2010-06-30', underlying_units: 1000, loan_amount: 850000, margin_call_ltv: 0.75, data_source: 'sample',
  template_slugs: ['protective-put-95pct-12m', 'collar-zero-cost-95-12m', 'put-spread-95-80-12m', 'overwrite-atm-1m', 'tail-put-budget-50bp'], facility: { preset: 'private_bank_lombard', hedge_recognition: 'intrinsic' },
}

before(async () => {
  server = await Server.start()
  browser = await openBrowser()
  const done = async (request) => (await server.done((await server.submit(request)).job_id)).job_id
  jobs = {
    gold: await done(gold),
    collar: await done({ ...gold, template_slug: 'collar-zero-cost-95-12m', scenario_name: 'Collar' }),
    several: await done(several),
    failed: await done({ ...gold, symbol: 'GLD', start_date: '2015-01-05', end_date: '2016-01-05', data_source: 'databento', loan_amount: 60000 }),
  }
  const replaced = await server.submit(slow())
  await done({ ...gold, force: true })
  await server.done(replaced.job_id)
  jobs.replaced = replaced.job_id
  const report = await fetch(`${server.base}/api/v1/workspaces/default/backtests/${jobs.several}/result?format=html`)
  writeFileSync(join(shots, 'report-several.html'), await report.text())
})
after(async () => {
  await browser?.close()
  await server?.end()
})

// Each screen has steps that lead to it.
const at = (path, ready) => async (page) => {
  await page.goto(path.startsWith('file:') ? path : server.base + path)
  await page.locator(ready).first().waitFor()
}
const then = (...steps) => async (page) => {
  for (const step of steps) await step(page)
}
const click = (name) => (page) => page.getByRole('button', { name }).first().click()
const home = at('/?symbol=XAU&start=1987-12-14&end=1989-03-31&units=1000&loan=301650&vol=16&hedge=protective-put-atm-12m', '#today')

const screens = {
  home,
  errors: then(home, (page) => fill(page, { 'Units pledged': '-1', From: '1980-01-01', 'Loan, USD': 'much' }), run, (page) => page.getByText(/must be above 0/).waitFor()),
  terms: then(home, (page) => moreTerms(page)),
  hedges: then(home, click('Change or compare hedges')),
  sources: then(home, (page) => page.getByLabel('Prices from').click(), (page) => page.getByText('1,056 sessions').waitFor()),
  result: (page) => at(`/runs/${jobs.gold}`, '#verdict')(page),
  several: (page) => at(`/runs/${jobs.several}`, '#verdict')(page),
  table: then((page) => at(`/runs/${jobs.gold}`, '#verdict')(page), click('By day')),
  day: then((page) => at(`/runs/${jobs.gold}`, '#verdict')(page), click(/^Explain/), (page) => page.getByText('Collateral value').waitFor()),
  failed: then((page) => at(`/runs/${jobs.failed}`, 'h1')(page), (page) => page.getByText('Technical detail').click()),
  replaced: (page) => at(`/runs/${jobs.replaced}`, 'h1')(page),
  missing: at('/runs/01a20e51-bdf1-7ba4-a9e0-e2a88b58cbaa', 'h1'),
  history: at('/?view=history', 'li.item'),
  'history-edit': then(at('/?view=history', 'li.item'), click('Edit name, note and tags of Collar')),
  'history-none': then(at('/?view=history', 'li.item'), (page) => page.getByLabel(/Search by symbol/).fill('nothing'), (page) => page.getByText('has “nothing”').waitFor()),
  compare: (page) => at(`/?compare=${jobs.gold},${jobs.collar},${jobs.several}`, '.chart')(page),
  report: (page) => at(`file://${join(shots, 'report-several.html')}`, '#verdict')(page),
}
const mobile = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }
const looks = { light: {}, mobile }
const long = process.env.LOMBARD_TESTS === 'long' // everything, on a telephone in the dark as well
const inTheDark = ['home', 'result'] // of which a picture is kept
const onATelephone = ['home', 'terms', 'hedges', 'result', 'several', 'table', 'day', 'failed', 'history', 'history-edit', 'compare', 'report'] // which are laid out otherwise

// check looks at a screen once nothing on it moves any more, and then at the
// same screen in the dark, where only its colours are new.
async function check(page, screen, look) {
  await still(page)
  await shot(page, `${look}-${screen}`, !(await page.locator('dialog[open]').count()))
  assert.deepEqual(await accessible(page), [], `${screen} in ${look}`)
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  assert.ok(wide <= 0, `${screen} in ${look} is ${wide} px too wide`)
  if (look !== 'light' && !long) return
  await page.emulateMedia({ colorScheme: 'dark' })
  await still(page)
  if (long || inTheDark.includes(screen)) await shot(page, `${look === 'light' ? 'dark' : `${look}-dark`}-${screen}`, !(await page.locator('dialog[open]').count()))
  assert.deepEqual(await accessible(page, ['color-contrast']), [], `${screen} in ${look}, dark`)
  await page.emulateMedia({ colorScheme: 'light' })
}

// still waits until nothing moves.
async function still(page) {
  await page.evaluate(() => Promise.all(document.getAnimations().map((a) => a.finished.catch(() => undefined))))
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))))
}

// Each screen has a tab of its own, and several are looked at at once.
test('every screen is accessible and fits, in every look', { concurrency: 2 }, async (t) => {
  const one = async (screen, look) => {
    const tab = new Tab(browser, server)
    const page = await tab.open(looks[look])
    await screens[screen](page)
    await check(page, screen, look)
    assert.deepEqual(tab.complaints, [])
    await page.context().close()
  }
  await Promise.all(Object.keys(looks).flatMap((look) => Object.keys(screens).filter((screen) => long || look === 'light' || onATelephone.includes(screen)).map((screen) => t.test(`${screen}, ${look}`, () => one(screen, look)))))
})

test('a run that goes on and one that was cancelled are accessible and fit, in every look', async () => {
  const tab = new Tab(browser, server)
  for (const [look, options] of Object.entries(looks)) {
    const page = await tab.open(options)
    const job = await server.submit(slow())
    await at(`/runs/${job.job_id}`, '.u-over')(page)
    await check(page, 'running', look)
    await page.getByRole('button', { name: 'Cancel', exact: true }).click()
    await page.getByRole('heading', { name: 'Cancelled' }).waitFor()
    await check(page, 'cancelled', look)
    await server.done(job.job_id)
    assert.deepEqual(tab.complaints, [])
  }
})

test('a telephone shows the verdict first, and the question on demand', async () => {
  const page = await new Tab(browser, server).open(mobile)
  await at(`/runs/${jobs.gold}`, '#verdict')(page)
  assert.ok((await verdict(page).boundingBox()).y < 500)
  assert.ok(!(await page.getByLabel('Loan, USD').isVisible()))
  await page.getByRole('button', { name: 'Change the question' }).click()
  assert.ok(await page.getByLabel('Loan, USD').isVisible())
  // A finger along the chart moves the crosshair.
  const over = page.locator('.u-over').first()
  await over.scrollIntoViewIfNeeded()
  const box = await over.boundingBox()
  const before = await page.locator('.read').innerText()
  await page.touchscreen.tap(box.x + box.width / 3, box.y + 40)
  await page.getByRole('dialog').waitFor()
  await page.getByRole('button', { name: 'Close' }).click()
  assert.notEqual(await page.locator('.read').innerText(), before)
})

test('the colours that were chosen are kept', async () => {
  const page = await new Tab(browser, server).open()
  await home(page)
  await page.getByLabel('Colours').selectOption('dark')
  await page.reload()
  await page.locator('#today').waitFor()
  assert.equal(await page.evaluate(() => document.documentElement.dataset.theme), 'dark')
  assert.equal(await page.evaluate(() => getComputedStyle(document.body).colorScheme), 'dark')
})

test('what is built holds no script or style inline', () => {
  const index = readFileSync(new URL('../dist/index.html', import.meta.url), 'utf8')
  assert.doesNotMatch(index, /<style|\sstyle=|<script(?![^>]*\ssrc=)/)
})
