// Reading a result, in a browser against the real binary: charts, keys, the
// table, history, comparison, and the files to take away.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, beforeEach, test } from 'node:test'
import { inflateRawSync } from 'node:zlib'
import { Server, Tab, accessible, eventually, gold, openBrowser, run, shot, shots, verdict, moreTerms } from './world.mjs'

let server, browser, tab, page, story

before(async () => {
  server = await Server.start()
  browser = await openBrowser()
  tab = new Tab(browser, server)
  story = await server.done((await server.submit(gold)).job_id)
})
after(async () => {
  await browser?.close()
  await server?.end()
})
beforeEach(async () => (page = await tab.open()))

const quiet = () => assert.deepEqual(tab.complaints, [])
const read = () => page.locator('.read').first().innerText()
const chart = () => page.getByRole('application').first()
const seen = async () => /(\d+ \w+ \d+) to (\d+ \w+ \d+)\./.exec(await page.locator('.tools .hint').innerText()).slice(1)
async function open(job = story) {
  await page.goto(`${server.base}/runs/${job.job_id}`)
  await verdict(page).waitFor()
  await page.locator('.u-over').first().waitFor()
}

test('keys alone, from the form to the arithmetic of a day', async () => {
  await page.goto(`${server.base}/?symbol=XAU&start=1987-12-14&end=1989-03-31&units=1000&loan=301652&vol=16&hedge=protective-put-atm-12m`)
  await page.getByText('The loan on its first day').waitFor()
  const until = async (found, most) => {
    for (let i = 0; i < most; i++) {
      await page.keyboard.press('Tab')
      if (await page.evaluate(found)) return
    }
    assert.fail('the tab key does not get there')
  }
  await until(() => document.activeElement?.textContent?.startsWith('Change or compare hedges'), 60)
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor()
  await page.keyboard.press('Escape')
  await until(() => document.activeElement?.textContent?.startsWith('Run the backtest'), 60)
  await page.keyboard.press('Enter')
  await verdict(page).waitFor()
  await until(() => document.activeElement?.getAttribute('role') === 'application', 60)
  await page.keyboard.press('n')
  assert.match(await read(), /21 Sep 1988/)
  const spoken = page.locator('[role=application] [aria-live]')
  assert.match(await spoken.innerText(), /21 Sep 1988: price 401\.60, loan to value 75\.1\s% without the hedge/)
  await page.keyboard.press('ArrowRight')
  assert.match(await read(), /22 Sep 1988/)
  await page.keyboard.press('Shift+ArrowRight')
  assert.match(await read(), /24 Oct 1988/) // the 22nd is a Saturday
  await page.keyboard.press('Shift+ArrowLeft')
  await page.keyboard.press('p')
  assert.match(await read(), /21 Sep 1988/)
  await page.keyboard.press('p')
  assert.match(await spoken.innerText(), /no earlier margin call/)
  const [first] = await seen()
  await page.keyboard.press('+')
  await eventually(async () => assert.notEqual((await seen())[0], first))
  for (let i = 0; i < 6; i++) await page.keyboard.press('+')
  for (let i = 0; i < 40; i++) await page.keyboard.press('ArrowLeft') // the window follows
  await eventually(async () => {
    const [from, to] = (await seen()).map((d) => Date.parse(d))
    const at = Date.parse(/\d+ \w+ \d+/.exec(await read())[0])
    assert.ok(at >= from && at <= to, 'the day is in view')
  })
  await page.keyboard.press('0')
  await eventually(async () => assert.equal((await seen())[0], first))
  await page.keyboard.press('End')
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').getByText('1000 units', { exact: false }).first().waitFor()
  await page.keyboard.press('ArrowLeft')
  await page.getByRole('heading', { name: '30 Mar 1989' }).waitFor()
  await page.keyboard.press('Escape')
  await page.keyboard.press('?')
  await page.getByRole('heading', { name: 'Keys on the charts' }).waitFor()
  await page.keyboard.press('Escape')
  quiet()
})

test('dragging zooms every pane, Shift and the strip move the window, a click explains', async () => {
  await open()
  await page.locator('.window').scrollIntoViewIfNeeded()
  const whole = await seen()
  const pane = await page.locator('.u-over').nth(1).boundingBox()
  const scales = () => page.evaluate(() => [...document.querySelectorAll('.u-over')].map((o) => o.clientWidth))
  assert.equal(new Set(await scales()).size, 1, 'the panes are as wide as one another')
  const drag = async (x1, x2) => {
    await page.mouse.move(pane.x + x1, pane.y + 60)
    await page.mouse.down()
    await page.mouse.move(pane.x + x2, pane.y + 62, { steps: 8 })
    await page.mouse.up()
  }
  // settled returns what is seen once two looks agree.
  const settled = async (differs) => {
    let last = ''
    return eventually(async () => {
      const now = await seen()
      const same = now.join() === last
      last = now.join()
      assert.ok(same && differs(now), `${last} is seen`)
      return now
    })
  }
  await drag(200, 500)
  const zoomed = await settled((now) => now.join() !== whole.join())
  await page.keyboard.down('Shift')
  await drag(300, 200)
  await page.keyboard.up('Shift')
  const moved = await settled((now) => Date.parse(now[0]) > Date.parse(zoomed[0]))
  const strip = await page.locator('.window').boundingBox()
  await page.mouse.move(strip.x + strip.width / 2, strip.y + 20)
  await page.mouse.down()
  await page.mouse.move(strip.x + strip.width / 2 - 80, strip.y + 20, { steps: 8 })
  await page.mouse.up()
  await settled((now) => Date.parse(now[0]) < Date.parse(moved[0]))
  await shot(page, 'zoomed')
  await page.locator('.u-over').nth(1).dblclick({ position: { x: 30, y: 30 } })
  await eventually(async () => assert.deepEqual(await seen(), whole))
  await page.keyboard.press('Escape')
  await page.locator('.u-over').nth(1).click({ position: { x: 300, y: 60 } })
  await page.getByRole('dialog').getByText('Collateral value').waitFor()
  await shot(page, 'day')
  assert.deepEqual(await accessible(page), [])
  quiet()
})

test('events have chips that jump, and the read-out says what happened', async () => {
  await open()
  const events = page.getByRole('group', { name: 'Events' })
  await events.getByRole('button', { name: '3 margin calls' }).waitFor()
  await events.getByRole('button', { name: '16 Jan 1989 · 2 days' }).click()
  await eventually(async () => assert.match(await read(), /16 Jan 1989/))
  assert.match(await page.locator('.event').innerText(), /the lender calls/)
  await events.getByRole('button', { name: '1 roll' }).click()
  await events.getByRole('button', { name: '14 Dec 1988' }).click()
  assert.match(await page.locator('.event').innerText(), /expired and paid.*Renewed/)
  await page.getByRole('button', { name: 'Net value' }).click()
  await page.getByText('Net value with the hedge').waitFor()
  quiet()
})

test('the table has months, and days by the page', async () => {
  await open()
  const table = page.getByRole('region', { name: 'Path' })
  assert.equal(await table.locator('tbody tr').count(), 16)
  await table.getByRole('button', { name: 'Sep 1988' }).click()
  assert.equal(await table.locator('tbody tr').count(), 50)
  await page.getByText('page 4 of 7').waitFor()
  await page.getByRole('button', { name: 'Last days' }).click()
  assert.equal(await table.locator('tbody tr').count(), 19)
  await shot(page, 'table')
  assert.deepEqual(await accessible(page), [])
  await table.getByRole('button', { name: '31 Mar 1989' }).click()
  await page.getByRole('dialog').getByText('Collateral value').waitFor()
  quiet()
})

// sheets reads the entries of a zip file by its central directory.
function sheets(zip) {
  const out = {}
  let at = zip.readUInt32LE(zip.lastIndexOf('PK\x05\x06', undefined, 'latin1') + 16)
  while (zip.readUInt32LE(at) === 0x02014b50) {
    const [method, size, name, extra, comment, local] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 20), zip.readUInt16LE(at + 28), zip.readUInt16LE(at + 30), zip.readUInt16LE(at + 32), zip.readUInt32LE(at + 42)]
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
    const data = zip.subarray(start, start + size)
    out[zip.toString('utf8', at + 46, at + 46 + name)] = (method === 8 ? inflateRawSync(data) : data).toString()
    at += 46 + name + extra + comment
  }
  return out
}

test('the files are what they say', async () => {
  await open()
  const take = async (name) => {
    const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name, exact: true }).click()])
    assert.match(download.suggestedFilename(), /^XAU 1987-12-14 to 1989-03-31\./)
    return readFileSync(await download.path())
  }
  const csv = (await take('CSV')).toString()
  assert.match(csv, /^template_slug,date,spot_open/)
  assert.equal(csv.trim().split('\r\n').length, 320)
  const json = JSON.parse((await take('JSON')).toString())
  assert.equal(json.template_results[0].summary_metrics.margin_call_days_unhedged, 55)
  assert.equal(json.template_results[0].daily_path.length, 319)
  const parquet = await take('Parquet')
  assert.equal(parquet.subarray(0, 4).toString() + parquet.subarray(-4).toString(), 'PAR1PAR1')
  assert.match(parquet.subarray(-parquet.readUInt32LE(parquet.length - 8) - 8).toString('latin1'), /ltv_hedged/)
  const arrow = await take('Arrow')
  assert.equal(arrow.subarray(0, 6).toString() + arrow.subarray(-6).toString(), 'ARROW1ARROW1')
  assert.match(arrow.toString('latin1'), /ltv_hedged/)
  const book = sheets(await take('Excel'))
  const rows = Object.entries(book).filter(([name]) => name.startsWith('xl/worksheets/')).map(([, xml]) => xml.split('<row').length - 1)
  assert.ok(rows.includes(320), `sheets of ${rows} rows, none of 320`)
  quiet()
})

test('the report opens from a disk, alone, and prints', async () => {
  await open()
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name: 'Report', exact: true }).click()])
  const alone = join(shots, 'report.html')
  writeFileSync(alone, readFileSync(await download.path()))
  page = await tab.another()
  const asked = []
  page.on('request', (r) => r.url().startsWith('file:') || asked.push(r.url()))
  await page.goto(`file://${alone}`)
  await verdict(page).waitFor()
  assert.match(await verdict(page).innerText(), /55 days/)
  await page.getByRole('application').first().focus()
  await page.keyboard.press('n')
  assert.match(await read(), /21 Sep 1988/)
  assert.deepEqual(asked, [])
  quiet()
  await shot(page, 'report', true)
  assert.deepEqual(await accessible(page), [])
  const paper = (await page.pdf({ path: join(shots, 'report.pdf'), preferCSSPageSize: true, printBackground: true })).toString('latin1')
  const sheetsOfPaper = paper.match(/\/Type \/Page\b/g).length
  assert.ok(sheetsOfPaper >= 2 && sheetsOfPaper <= 4, `${sheetsOfPaper} pages`)
})

test('history: found, cloned, changed, compared, deleted', async () => {
  for (const [slug, name, assumptions] of [['protective-put-95pct-12m', 'Ninety-five', gold.assumptions], ['collar-zero-cost-95-12m', 'Collar', { ...gold.assumptions, option_style: 'american' }]]) {
    await server.done((await server.submit({ ...gold, template_slug: slug, scenario_name: name, assumptions })).job_id)
  }
  await page.goto(server.base)
  await page.getByRole('link', { name: 'History' }).click()
  await page.getByRole('checkbox', { name: 'Compare Ninety-five' }).check()
  await page.getByRole('checkbox', { name: 'Compare Collar' }).check()
  await shot(page, 'history')
  assert.deepEqual(await accessible(page), [])
  await page.getByRole('button', { name: 'Compare 2' }).click()
  const table = page.getByRole('region', { name: 'Figures side by side' })
  await table.waitFor()
  assert.match(await table.innerText(), /Without a hedge[\s\S]*best/)
  await page.getByText(/Not comparable one to one, because these differ: the assumptions of pricing/).waitFor()
  await page.getByRole('application').focus()
  await page.keyboard.press('ArrowLeft')
  assert.match(await read(), /30 Mar 1989/)
  await shot(page, 'compare')
  assert.deepEqual(await accessible(page), [])
  await page.goBack()

  await page.getByRole('button', { name: 'Edit name, note and tags of Collar' }).click()
  const form = page.getByRole('form', { name: 'Name, note and tags' })
  await form.getByLabel('Note').fill('For the meeting.')
  await form.getByLabel(/^Tags/).fill('client, 1987')
  await form.getByRole('button', { name: 'Keep' }).click()
  await form.waitFor({ state: 'detached' })
  await page.getByText('For the meeting.').waitFor()
  await page.getByRole('button', { name: 'Only runs tagged client' }).click()
  await page.getByText('1 run shown, all there are.').waitFor()
  await page.getByLabel(/Search by symbol/).fill('nothing like it')
  await page.getByText('has “nothing like it”').waitFor()
  await page.getByRole('button', { name: 'Show all' }).click()
  await page.getByLabel('Only runs that are').selectOption('failed')
  await page.getByText('No failed run is here.').waitFor()
  await page.getByRole('button', { name: 'Show all' }).click()

  // What the form has no field for is carried along, and said.
  await page.getByRole('button', { name: 'Clone Collar' }).click()
  assert.equal(await page.getByLabel('Pledged asset').inputValue(), 'XAU')
  await moreTerms(page)
  await page.getByText('option style: american').waitFor()
  await page.getByLabel('Loan, USD').fill('290000')
  await run(page)
  await verdict(page).waitFor()
  const id = page.url().split('/').pop()
  const asked = await (await fetch(`${server.base}/api/v1/workspaces/default/backtests/${id}/request`)).json()
  assert.deepEqual([asked.assumptions.option_style, asked.loan_amount, asked.template_slug ?? asked.template_slugs[0]], ['american', 290000, 'collar-zero-cost-95-12m'])

  await page.getByRole('link', { name: 'History' }).click()
  await page.getByRole('button', { name: 'Delete Collar' }).click()
  await page.getByRole('button', { name: 'Really delete Collar' }).click()
  await page.getByRole('link', { name: 'Collar' }).waitFor({ state: 'detached' })
  quiet()
})

test('history comes by the page', async () => {
  const other = await Server.start()
  try {
    await page.goto(`${other.base}/?view=history`)
    await page.getByText('Nothing has been run yet').waitFor()
    await shot(page, 'history-empty')
    assert.deepEqual(await accessible(page), [])
    for (let i = 0; i < 23; i++) await other.done((await other.submit({ ...gold, loan_amount: 300000 + i })).job_id)
    await page.reload()
    await page.getByText('20 runs shown.').waitFor()
    await page.getByRole('button', { name: 'Show older ones' }).click()
    await page.getByText('23 runs shown, all there are.').waitFor()
  } finally {
    await other.end()
  }
})
