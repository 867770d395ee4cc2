/** The load's reference finds what a dishonest register would tell. */
import { titleRegistryAbi } from '@veche/contracts'
import { type Hash, hexToBytes, keccakHex, utf8ToBytes, ZERO_HASH } from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { encodeAbiParameters, encodeEventTopics } from 'viem/utils'
import type { LoadLog } from '../src/load/profile.ts'
import { referenceTitles } from '../src/load/reference-titles.ts'

await installNativeCrypto()

const hash = (name: string): Hash => keccakHex(utf8ToBytes(name))
const ID = hash('property')

/** A log of the register with these arguments. */
function logOf(eventName: string, args: Readonly<Record<string, unknown>>): LoadLog {
  const item = titleRegistryAbi.find((each) => each.type === 'event' && each.name === eventName)
  assert.ok(item?.type === 'event')
  const plain = item.inputs.filter((input) => !('indexed' in input && input.indexed))
  const values = plain.map(({ name }) => args[name])
  const topics = encodeEventTopics({ abi: [item], eventName, args } as never) as Hash[]
  const data = hexToBytes(encodeAbiParameters(plain, values as never))
  return { address: `0x${'07'.repeat(20)}`, topics, data, blockNumber: 1, transactionHash: ID }
}

const ENTRY = { propertyId: ID, ownerC: hash('seller'), consentC: ZERO_HASH, share: 10, liens: [] }

/** The entry, with the head that the reference itself computes. */
function entered(): { log: LoadLog; head: Hash } {
  const first = referenceTitles([logOf('Materialised', { ...ENTRY, head: ZERO_HASH, version: 1 })])
  const head = first.titles.get(ID)?.head ?? ZERO_HASH
  return { log: logOf('Materialised', { ...ENTRY, head, version: 1 }), head }
}

test('a wrong head, a second entry and a foreign seller are told', () => {
  const { log } = entered()
  assert.equal(referenceTitles([log]).faults, [])
  const wrong = logOf('Materialised', { ...ENTRY, head: hash('x'), version: 1 })
  assert.is(referenceTitles([wrong]).faults.length, 1)
  assert.ok(referenceTitles([log, log]).faults.some((text) => /second time/.test(text)))
  const theft = logOf('Transferred', {
    ...{ propertyId: ID, notary: `0x${'01'.repeat(20)}`, oldOwnerC: hash('somebody') },
    ...{ newOwnerC: hash('thief'), newConsentC: ZERO_HASH, docC: ZERO_HASH, deadline: 1 },
    ...{ head: ZERO_HASH, version: 2 },
  })
  const { faults } = referenceTitles([log, theft])
  assert.ok(faults.some((text) => /another than its owner/.test(text)))
})

test.run()
