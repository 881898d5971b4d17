// A benchmark: how long the charts of a long run keep a reader waiting. It prints
// times and judges none; nothing else should run on the machine meanwhile.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Server, Tab, openBrowser, shot, sleep, verdict } from './world.mjs'

let server, browser, tab, page

before(async () => {
  server = await Server.start()
  browser = await openBrowser()
  tab = new Tab(browser, server)
  page = await tab.open()
})
after(async () => {
  await browser?.close()
  await server?.end()
})

test('thirty-five years stay smooth', async () => {
  const long = { symbol: 'DEMO-CRASH', data_source: 'synthetic', start_date: '1991-01-02', end_date: '2025-12-31', underlying_units: 1000, loan_amount: 45000, margin_call_ltv: 0.75, template_slug: 'protective-put-95pct-1m-roll' }
  const job = await server.done((await server.submit(long)).job_id)
  assert.equal(job.status, 'complete', job.error)
  await page.goto(`${server.base}/runs/${job.job_id}`)
  await verdict(page).waitFor()
  await page.locator('.u-over').first().waitFor()
  await sleep(800)
  await page.evaluate(() => {
    globalThis.tasks = []
    new PerformanceObserver((l) => l.getEntries().forEach((e) => globalThis.tasks.push(e.duration))).observe({ type: 'longtask' })
  })
  let before = ''
  const worst = async (what, act) => {
    await page.evaluate(() => (globalThis.tasks.length = 0))
    const frames = page.evaluate(async () => {
      let [count, begun] = [0, performance.now()]
      globalThis.moving = true
      while (globalThis.moving) {
        await new Promise(requestAnimationFrame)
        count++
      }
      return count / ((performance.now() - begun) / 1000)
    })
    await act()
    await sleep(150)
    await page.evaluate(() => (globalThis.moving = false))
    const rate = await frames
    const tasks = await page.evaluate(() => globalThis.tasks)
    const at = [await page.locator('.read').first().innerText(), await page.locator('.tools .hint').innerText()].join()
    assert.notEqual(at, before, `${what} changes what is shown`)
    before = at
    const longest = Math.round(Math.max(0, ...tasks))
    console.log(`# ${job.total} days, ${what}: ${tasks.length} tasks over 50 ms, the longest ${longest || 'under 50'} ms, ${Math.round(rate)} frames a second`)
    return longest
  }
  await page.locator('.window').scrollIntoViewIfNeeded()
  const pane = await page.locator('.u-over').nth(1).boundingBox()
  const [x, y] = [pane.x, pane.y + 80]
  const longest = [
    await worst('crosshair', async () => {
      for (let i = 0; i < 80; i++) await page.mouse.move(x + (pane.width * i) / 80, y)
    }),
    await worst('zoom by drag', async () => {
      await page.mouse.move(x + 200, y)
      await page.mouse.down()
      await page.mouse.move(x + 600, y, { steps: 30 })
      await page.mouse.up()
    }),
    await worst('pan by drag', async () => {
      await page.keyboard.down('Shift')
      for (const to of [-400, 400, -300]) {
        await page.mouse.move(x + 450, y)
        await page.mouse.down()
        await page.mouse.move(x + 450 + to, y, { steps: 40 })
        await page.mouse.up()
      }
      await page.keyboard.up('Shift')
    }),
    await worst('pan by the strip', async () => {
      const strip = await page.locator('.window').boundingBox()
      await page.mouse.move(strip.x + strip.width / 2, strip.y + 20)
      await page.mouse.down()
      await page.mouse.move(strip.x + strip.width / 2 - 250, strip.y + 20, { steps: 40 })
      await page.mouse.move(strip.x + strip.width / 2 + 250, strip.y + 20, { steps: 60 })
      await page.mouse.up()
    }),
    await worst('keys', async () => {
      await page.getByRole('application').first().focus()
      for (const key of ['0', '+', '+', '-', '-', 'n', 'n', 'p', '0', '+', '+', '+', '+', '+']) await page.keyboard.press(key)
      for (let i = 0; i < 60; i++) await page.keyboard.press(i % 2 ? 'ArrowLeft' : 'Shift+ArrowLeft')
    }),
  ]
  await page.keyboard.press('0')
  await sleep(100)
  await shot(page, 'long', true)
  console.log(`# the longest task of all took ${Math.max(...longest) || 'less than 50'} ms; the goal is 50`)
  assert.deepEqual(tab.complaints, [])
})
