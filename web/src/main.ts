import { mount } from 'svelte'
import App from './App.svelte'
import Report from './Report.svelte'
import './app.css'
import { inlined } from './lib/report'
import 'uplot/dist/uPlot.min.css'

const target = document.getElementById('page')
const result = inlined()
if (target && result) mount(Report, { target, props: { result } })
else if (target) mount(App, { target })
