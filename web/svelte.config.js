import { vitePreprocess } from '@sveltejs/vite-plugin-svelte'

// Short class names: they stand on every element of every component.
export default { preprocess: vitePreprocess(), compilerOptions: { cssHash: ({ hash, css }) => `s${hash(css).slice(0, 4)}` } }
