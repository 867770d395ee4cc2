/**
 * Three of four validators are lost with their keys and disks. No vote can replace them: the
 * operators name new keys from the first height that is not final, on every node. What was final
 * stays, its history can be checked by a node that starts empty, and a node without the override
 * stays behind.
 */
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Address } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { assertEqualChains, readChain, settledHead } from '../support/compare.ts'
import { editConfig, makeValidator } from '../support/council.ts'
import { type Drill, withDrill } from '../support/drill.ts'
import { startLoad } from '../support/load.ts'
import { runMain } from '../support/run-main.ts'
import { pause, tell } from '../support/until.ts'

const TIMEOUT_MS = 90_000

/** The machine and everything on it are gone. */
async function lose(drill: Drill, name: string): Promise<void> {
  await drill.kill(name)
  rmSync(join(drill.dir, name, 'data'), { recursive: true })
  rmSync(join(drill.dir, name, 'keystore.json'))
}

/** Gives the node a new key; its log is of the old one. */
async function rekey(drill: Drill, name: string): Promise<Address> {
  for (const old of ['keystore.json', 'password', join('data', 'log')])
    rmSync(join(drill.dir, name, old), { recursive: true, force: true })
  return makeValidator(drill, name)
}

test('a chain whose keys are lost goes on with new ones from its last final block', () =>
  withDrill({ observers: 4 }, async (drill) => {
    const old = drill.files.validators.map(({ name }) => name)
    await Promise.all([...old, 'observer-1'].map((name) => drill.start(name)))
    const load = await startLoad(drill)
    await load.progress(60, TIMEOUT_MS)
    await Promise.all(
      ['validator-1', 'validator-2', 'validator-3'].map((name) => lose(drill, name)),
    )
    // the highest certified block that anybody has is the last final one
    const last = await settledHead(drill, ['validator-4', 'observer-1'])
    await drill.reaches('observer-1', last)
    const before = await readChain(drill.url('observer-1'), last)
    await drill.stop('validator-4')
    await drill.stop('observer-1')

    const rescuers = ['validator-4', 'observer-2', 'observer-3', 'observer-4']
    const keys: Address[] = []
    for (const name of rescuers) keys.push(await rekey(drill, name))
    const override = `${last + 1}:${keys.join(',')}`
    const four = drill.files.validators[3]?.dial
    for (const name of [...rescuers, 'observer-1', 'validator-1'])
      editConfig(drill, name, (config) => {
        config['validatorsOverride'] = override
        config.p2p['bootnodes'] = name === 'validator-4' ? [] : [four]
      })
    await drill.start('validator-4')
    await Promise.all([...rescuers.slice(1), 'observer-1'].map((name) => drill.start(name)))
    tell(`override ${override.slice(0, 24)}… on five nodes`)
    await load.progress(60, TIMEOUT_MS)
    await load.finish(TIMEOUT_MS)
    const after = await assertEqualChains(drill)
    // nodes may hold different seals of one block; its hash is one
    const hashes = (blocks: typeof before) => blocks.map(({ hash }) => hash)
    assert.equal(
      hashes(after.slice(0, last + 1)),
      hashes(before),
      'what was final begins the chain',
    )
    assert.ok(after.length > last + 2, 'and it goes on')
    assert.equal(await drill.rpc('observer-1', 'veche_validators'), [...keys].sort())

    // a light client is not asked to believe it: the break is told, a checkpoint goes over it
    const server = ['--rpc', drill.url('observer-1')]
    const fromGenesis = await runMain('light', ...server, '--genesis', drill.files.genesisFile)
    assert.match(fromGenesis.stdout, /NOT PROVEN/)
    const checkpoint = `${last + 1}:${after[last + 1]?.hash}`
    const above = await runMain('light', ...server, '--checkpoint', checkpoint)
    assert.is(above.status, 0, above.stdout)

    // a node that starts empty checks the whole history, both sets
    editConfig(drill, 'validator-1', (config) => {
      config['role'] = 'observer'
    })
    await drill.start('validator-1')
    await drill.reaches('validator-1', after.length - 1)
    await assertEqualChains(drill)
    await drill.stop('validator-1')
    // and without the override it meets nobody
    rmSync(join(drill.dir, 'validator-1', 'data'), { recursive: true })
    editConfig(drill, 'validator-1', (config) => {
      delete config['validatorsOverride']
    })
    await drill.start('validator-1')
    await pause(3_000)
    assert.is(await drill.head('validator-1'), 0)
    assert.is(Number(await drill.rpc('validator-1', 'net_peerCount')), 0)
    assert.not.ok(existsSync(join(drill.dir, 'validator-1', 'keystore.json')))
    tell(`${after.length - 1} blocks, ${last} of them by the lost keys`)
  }))

test.run()
