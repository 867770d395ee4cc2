import { installNativeCrypto } from '@veche/primitives/native'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { loadModules, selectCases } from '../lib/case.ts'
import { measureAll } from '../lib/measure.ts'

await installNativeCrypto()
const modules = await loadModules()

test('there are benches, with names of their own', async () => {
  assert.ok(modules.length > 0)
  const names = (await Promise.all(modules.map((module) => module.cases('smoke')))).flat()
  assert.is(new Set(names.map(({ name }) => name)).size, names.length)
})

for (const module of modules)
  test(`every case of ${module.name} runs and returns a value`, async () => {
    const subjects = await selectCases(module, 'smoke')
    assert.ok(subjects.length > 0)
    const measured = await measureAll(subjects, 'smoke', () => undefined)
    assert.is(measured.length, subjects.length)
    for (const { name, opsPerSecond } of measured) assert.ok(opsPerSecond > 0, name)
    await module.close?.()
  })

test.run()
