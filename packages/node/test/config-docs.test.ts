import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { configReference, configSchema } from '../src/config-docs.ts'

const docs = join(import.meta.dirname, '..', '..', '..', 'docs')

/** The generated text equals the committed file; UPDATE=1 rewrites the file. */
function equalsFile(name: string, text: string): void {
  const path = join(docs, name)
  if (process.env['UPDATE'] === '1') writeFileSync(path, text)
  assert.fixture(readFileSync(path, 'utf8'), text)
}

test('docs/config.schema.json is that of the option table', () => {
  equalsFile('config.schema.json', `${JSON.stringify(configSchema(), undefined, 2)}\n`)
})

test('docs/configuration.md is that of the option table', () => {
  equalsFile('configuration.md', configReference())
})

test.run()
