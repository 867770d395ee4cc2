/**
 * A running network whose validator contract is broken from genesis on: it burns all the gas it is
 * given. The set stays, blocks go on under load, and every node says so in log and metric.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { VALIDATOR_SET_ADDRESS } from '@veche/contracts'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { assertEqualChains } from '../support/compare.ts'
import { withDrill } from '../support/drill.ts'
import { startLoad } from '../support/load.ts'
import { tell } from '../support/until.ts'

const TIMEOUT_MS = 90_000
/** JUMPDEST PUSH0 JUMP */
const ENDLESS = '0x5b5f56'

interface GenesisJson {
  readonly alloc: Record<string, { code?: string; storage?: unknown }>
}

test('a broken validator contract neither halts nor changes the chain', () =>
  withDrill({ observers: 1 }, async (drill) => {
    const { genesisFile, validators } = drill.files
    const genesis = JSON.parse(readFileSync(genesisFile, 'utf8')) as GenesisJson
    const key = Object.keys(genesis.alloc).find((each) =>
      VALIDATOR_SET_ADDRESS.endsWith(each.toLowerCase().replace(/^0x/, '')),
    )
    const account = genesis.alloc[key ?? '']
    assert.ok(account, 'the contract stands in the genesis file')
    if (account !== undefined) account.code = ENDLESS
    writeFileSync(genesisFile, JSON.stringify(genesis))
    await drill.startAll()
    const load = await startLoad(drill)
    try {
      await load.progress(100, TIMEOUT_MS)
      await load.finish(TIMEOUT_MS)
    } catch (error) {
      await load.abort()
      throw error
    }
    const chain = await assertEqualChains(drill)
    assert.ok(chain.length > 3)
    const members = (await drill.rpc('observer-1', 'veche_validators')) as string[]
    assert.equal(members, validators.map(({ address }) => address).sort())
    assert.is(await drill.rpc('observer-1', 'veche_members'), null, 'it answers nobody')
    for (const name of drill.names) {
      assert.match(drill.log(name), /validator set kept.*VALIDATORS_CALL_FAILED/)
      const metrics = await (await fetch(`${drill.url(name)}/metrics`)).text()
      assert.match(metrics, /veche_validator_set_kept_total\{code="VALIDATORS_CALL_FAILED"\} [1-9]/)
    }
    tell(`${chain.length - 1} blocks, ${load.sent()} transactions, an alarm for each block`)
  }))

test.run()
