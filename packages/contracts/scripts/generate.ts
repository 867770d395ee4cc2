/**
 * `npm run generate`: compiles the contracts and writes `src/generated/*.ts`. The files are
 * committed; test/generated.test.ts compiles again and fails when they are stale.
 * `generate.ts --only TitleRegistry,FairOffice` compiles these alone.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { VecheError } from '@veche/primitives'
import { CONTRACTS, type ContractSource } from './contracts.ts'
import { renderAll } from './render.ts'

function chosen(only: string | undefined): readonly ContractSource[] {
  if (only === undefined) return CONTRACTS
  return only.split(',').map((name) => {
    const found = CONTRACTS.find((contract) => contract.name === name)
    if (found !== undefined) return found
    throw new VecheError('USAGE', `a contract of scripts/contracts.ts expected, got ${name}`)
  })
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { only: { type: 'string' } } })
  const target = join(import.meta.dirname, '..', 'src', 'generated')
  mkdirSync(target, { recursive: true })
  for (const [name, text] of await renderAll(chosen(values.only))) {
    writeFileSync(join(target, name), text)
    process.stdout.write(`wrote packages/contracts/src/generated/${name}\n`)
  }
}

await main().catch((error: unknown) => {
  process.exitCode = 1
  if (!(error instanceof VecheError)) throw error
  process.stderr.write(`${error.message} [${error.code}]\n`)
})
