// Refuses a release whose packages do not say where their sources are: npm's provenance and every link need that.
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const missing = ['packages', 'functions']
  .flatMap(parent => readdirSync(`${root}${parent}`).map(name => `${parent}/${name}/package.json`))
  .filter(file => {
    const { private: unpublished, repository } = JSON.parse(readFileSync(`${root}${file}`, 'utf8'))
    return !unpublished && !repository?.url
  })
if (missing.length > 0) {
  console.error(`Not published: "repository" (type, url, directory) is missing in\n  ${missing.join('\n  ')}`)
  process.exit(1)
}
