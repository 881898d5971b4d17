// The real binary in a folder of its own, and Debian's browser in front of it.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const here = dirname(fileURLToPath(import.meta.url))
const binary = resolve(process.env.LOMBARD_BIN ?? join(here, '../../bin/lombard'))
export const shots = resolve(here, '../../build/screenshots')
mkdirSync(shots, { recursive: true })

const browsers = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].filter((p) => p && existsSync(p))
const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

export const openBrowser = () => chromium.launch({ executablePath: browsers[0], args: flags })

const freePort = () =>
  new Promise((done) => {
    const s = createServer()
    s.listen(0, '127.0.0.1', () => {
      const { port } = s.address()
      s.close(() => done(port))
    })
  })

// A server that can be killed and started again on the same address and data.
export class Server {
  static async start() {
    const s = new Server()
    s.dir = mkdtempSync(join(tmpdir(), 'lombard-page-'))
    s.port = await freePort()
    s.base = `http://127.0.0.1:${s.port}`
    await s.up()
    return s
  }
  async up() {
    this.process = spawn(binary, ['serve', '--addr', `127.0.0.1:${this.port}`], { env: { ...process.env, LOMBARD_DATA_DIR: this.dir }, stdio: 'ignore' })
    for (let i = 0; i < 200; i++) {
      try {
        if ((await fetch(`${this.base}/readyz`)).ok) return
      } catch {
        // not yet
      }
      await sleep(50)
    }
    throw new Error('the server did not start')
  }
  async kill(signal = 'SIGKILL') {
    const gone = new Promise((done) => this.process.once('exit', done))
    this.process.kill(signal)
    await gone
  }
  async end() {
    await this.kill()
    rmSync(this.dir, { recursive: true, force: true })
  }
  async submit(request) {
    const answer = await fetch(`${this.base}/api/v1/workspaces/default/backtests`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(request) })
    const job = await answer.json()
    if (!answer.ok) throw new Error(JSON.stringify(job))
    return job
  }
  async done(id) {
    for (;;) {
      const job = await (await fetch(`${this.base}/api/v1/workspaces/default/backtests/${id}`)).json()
      if (['complete', 'failed', 'cancelled'].includes(job.status)) return job
      await sleep(50)
    }
  }
}

// A browser's tab, and what it complained of: an error of the page's own, or
// something that the content security policy forbade.
export class Tab {
  constructor(browser, server) {
    this.browser = browser
    this.server = server
    this.complaints = []
  }
  async open(options = {}) {
    await this.context?.close()
    this.context = await this.browser.newContext({ viewport: { width: 1360, height: 1000 }, acceptDownloads: true, ...options })
    this.complaints.length = 0
    return this.another()
  }
  async another() {
    const page = await this.context.newPage()
    page.setDefaultTimeout(60000)
    page.on('pageerror', (e) => this.complaints.push(e.message))
    page.on('console', (m) => m.type() === 'error' && /Content Security Policy/.test(m.text()) && this.complaints.push(m.text()))
    return page
  }
}

export const shot = (page, name, fullPage = false) => page.screenshot({ path: join(shots, `${name}.png`), fullPage })
export const verdict = (page) => page.locator('#verdict')
export const run = (page) => page.getByRole('button', { name: 'Run the backtest' }).click()

// moreTerms opens or closes the terms by key: what is answered meanwhile may move
// them away from a pointer.
export const moreTerms = (page) => page.getByText('More terms').press('Enter')

export async function fill(page, values) {
  for (const [label, value] of Object.entries(values)) await page.getByLabel(label, { exact: true }).fill(value)
}

export const sleep = (ms) => new Promise((done) => setTimeout(done, ms))

// eventually repeats assertions until they hold, or throws the last failure.
export async function eventually(holds, mostMillis = 20000) {
  for (const end = Date.now() + mostMillis; ; await sleep(25)) {
    try {
      return await holds()
    } catch (error) {
      if (Date.now() > end) throw error
    }
  }
}

export const gold = {
  symbol: 'XAU', start_date: '1987-12-14', end_date: '1989-03-31', template_slug: 'protective-put-atm-12m', underlying_units: 1000, loan_amount: 301650,
  margin_call_ltv: 0.75, data_source: 'sample', assumptions: { vol: { model: 'flat', value: 0.16 } },
}

// slow takes more than ten seconds: American options on a surface of each day.
let serial = 0
export const slow = () => ({
  symbol: 'SPX', start_date: '2001-06-01', end_date: '2020-04-17', underlying_units: 1000, loan_amount: 650000 + serial++, margin_call_ltv: 0.75, data_source: 'sample',
  template_slugs: ['collar-zero-cost-95-12m', 'protective-put-95pct-1m-roll', 'collar-98-102-6m-1m', 'protective-put-95pct-12m-roll-90d', 'ladder-95pct-3-6-9-12m', 'ladder-33-33-33-atm-95pct-90pct-12m'],
  assumptions: { option_style: 'american', vol: { model: 'realised', refresh: 'daily' } },
})

const axeSource = readFileSync(join(here, '../node_modules/axe-core/axe.min.js'), 'utf8')

// accessible returns what axe finds wrong by WCAG 2.2 A and AA, in words; only
// names the rules to look at, in place of all of them.
export async function accessible(page, only = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']) {
  await page.evaluate(axeSource)
  const { violations } = await page.evaluate((runOnly) => globalThis.axe.run(document, { runOnly }), only)
  return violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`)
}
