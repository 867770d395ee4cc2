/** The committed ABI and byte code are what the committed Solidity compiles to, and fit the EVM. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createAddressFromString } from '@ethereumjs/util'
import { bytesToHex, keccak256 } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeFunctionData } from 'viem/utils'
import { CONTRACTS } from '../scripts/contracts.ts'
import { camel, kebab, renderAll } from '../scripts/render.ts'
import { documentRegistrySelf } from '../src/generated/document-registry.ts'
import { validatorSetCodeHash } from '../src/generated/validator-set.ts'
import {
  BATCH_COUNT_MAX,
  codeHashAt,
  DOCUMENT_CHANGES_MAX,
  documentRegistryAbi,
  documentRegistryBytecode,
  PATH_LENGTH_MAX,
} from '../src/index.ts'
import { view } from './support/chain.ts'
import { createRegistry } from './support/registry.ts'
import { createCouncil } from './support/validators.ts'

/** EIP-170 */
const CODE_BYTES_MAX = 24_576
/** EIP-3860 */
const INIT_CODE_BYTES_MAX = 49_152
const GENERATED = join(import.meta.dirname, '..', 'src', 'generated')

test('generated files are fresh: run `npm run generate` when this fails', async () => {
  const fresh = await renderAll()
  assert.equal(readdirSync(GENERATED).sort(), [...fresh.keys()].sort())
  for (const [name, text] of fresh)
    assert.ok(readFileSync(join(GENERATED, name), 'utf8') === text, `${name} is stale`)
})

test('EIP-170 and EIP-3860: every contract fits', async () => {
  for (const { name } of CONTRACTS) {
    const module: Record<string, unknown> = await import(`../src/generated/${kebab(name)}.ts`)
    const bytes = Number(module[`${camel(name)}CodeBytes`])
    assert.ok(bytes > 0 && bytes <= CODE_BYTES_MAX, `${name}: ${bytes} bytes of code`)
    const creation = (String(module[`${camel(name)}Bytecode`]).length - 2) / 2
    // constructor arguments follow the creation code
    assert.ok(creation + 1_024 <= INIT_CODE_BYTES_MAX, `${name}: ${creation} bytes to create`)
  }
})

test('every deployed copy has the committed code hash', async () => {
  const registry = await createRegistry()
  const council = await createCouncil([0, 1, 2, 3])
  for (const [{ chain, address }, hash] of [
    [
      { ...registry, address: registry.implementation },
      codeHashAt(documentRegistryBytecode, documentRegistrySelf, registry.implementation),
    ],
    [council, validatorSetCodeHash],
  ] as const) {
    const code = await chain.vm.stateManager.getCode(createAddressFromString(address))
    assert.is(bytesToHex(keccak256(code)), hash)
  }
})

test('limits in TypeScript are the limits of the contract', async () => {
  const registry = await createRegistry()
  const read = async (functionName: 'BATCH_COUNT_MAX' | 'PATH_LENGTH_MAX' | 'CHANGES_MAX') => {
    const data = encodeFunctionData({ abi: documentRegistryAbi, functionName })
    return Number(bytesToHex(await view(registry.chain, registry.address, data)))
  }
  assert.is(await read('BATCH_COUNT_MAX'), BATCH_COUNT_MAX)
  assert.is(await read('PATH_LENGTH_MAX'), PATH_LENGTH_MAX)
  assert.is(await read('CHANGES_MAX'), DOCUMENT_CHANGES_MAX)
})

test('no function takes or gives a text but a link', () => {
  const texts = documentRegistryAbi.flatMap((item) =>
    'inputs' in item ? item.inputs.filter(({ type }) => type === 'string') : [],
  )
  assert.ok(texts.every(({ name }) => name === 'uri'))
})

test.run()
