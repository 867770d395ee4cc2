/**
 * An operator's life of a key, by the command line on a running network: a fifth member is
 * proposed, approved and seated, another is removed, and its key is retired as
 * docs/guide-validator.md says.
 */
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Address } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { assertEqualChains } from '../support/compare.ts'
import { editConfig, makeValidator } from '../support/council.ts'
import { type Drill, withDrill } from '../support/drill.ts'
import { runMain } from '../support/run-main.ts'
import { tell, until } from '../support/until.ts'

const TIMEOUT_MS = 60_000

interface Listed {
  readonly members: readonly { address: Address; leaving: boolean }[]
  readonly inForce: readonly Address[]
  readonly proposals: readonly { id: string; stage: string; readyAt: number }[]
}

function createOperator(drill: Drill) {
  const url = drill.url('observer-1')
  const validators = (name: string, ...args: readonly string[]) =>
    runMain('validators', name, ...args, '--rpc', url, '--json')
  const withKey = async (node: string, name: string, ...args: readonly string[]) => {
    const keystore = join(drill.dir, node, 'keystore.json')
    const password = join(drill.dir, node, 'password')
    return validators(name, ...args, '--keystore', keystore, '--password-file', password)
  }
  return {
    list: async () => JSON.parse((await validators('list')).stdout) as Listed,
    retire: (address: Address) => validators('retire', address),
    refused: withKey,
    async does(node: string, name: string, ...args: readonly string[]) {
      const ran = await withKey(node, name, ...args)
      assert.is(ran.status, 0, ran.stderr)
      return JSON.parse(ran.stdout) as { events: { event: string; id?: string }[] }
    },
  }
}

test('a key is seated and retired by the command line', () =>
  withDrill({ observers: 3 }, async (drill) => {
    const old = drill.files.validators.map(({ name }) => name)
    await Promise.all([...old, 'observer-1'].map((name) => drill.start(name)))
    const operator = createOperator(drill)
    const candidate = await makeValidator(drill, 'observer-2')

    const organisation = ['--organisation', 'data centre 5']
    const proposed = await operator.does('validator-1', 'add', candidate, ...organisation)
    assert.is(proposed.events[0]?.event, 'Proposed')
    assert.is(proposed.events[0]?.id, '1')
    const twice = await operator.refused('validator-1', 'approve', '1')
    assert.is(twice.status, 1)
    assert.match(twice.stderr, /ValidatorSetAlreadyApproved\(1, 0x.*\[SET_REFUSED\]/)
    for (const node of ['validator-2', 'validator-3']) await operator.does(node, 'approve', '1')
    await operator.does('validator-2', 'schedule', '1')
    const early = await operator.refused('validator-2', 'activate', '1')
    assert.match(early.stderr, /ValidatorSetNotReady|ValidatorSetBeforeHeight/)
    await drill.start('observer-2')
    await until(
      'the candidate said that it is ready',
      async () => ((await operator.list()).proposals[0]?.readyAt ?? 0) > 0,
      TIMEOUT_MS,
    )
    await operator.does('validator-2', 'activate', '1')
    assert.is((await operator.list()).members.length, 5)
    tell('a fifth member by the command line')

    const leaver = drill.files.validators[3]?.address as Address
    assert.is((await operator.retire(leaver)).status, 3, 'it is needed')
    await operator.does('validator-1', 'remove', leaver)
    for (const node of ['validator-2', 'validator-3', 'observer-2'])
      await operator.does(node, 'approve', '2')
    await operator.does('validator-1', 'schedule', '2')
    await operator.does('validator-1', 'activate', '2')
    assert.is((await operator.list()).members.length, 4)
    // the removal is in force two blocks later; an idle chain makes them with the heartbeat
    const signer = ['validator-1', 'approve', '2'] as const
    assert.match((await operator.refused(...signer)).stderr, /ValidatorSetWrongStage/)
    let retirement = await operator.retire(leaver)
    for (let id = 3; retirement.status === 3 && id < 8; id++) {
      await operator.does('validator-1', 'remove', candidate)
      retirement = await operator.retire(leaver)
    }
    assert.is(retirement.status, 0, retirement.stdout)
    const { checkpoint } = JSON.parse(retirement.stdout) as {
      checkpoint: { number: number; hash: string }
    }
    const published = `${checkpoint.number}:${checkpoint.hash}`
    tell(`the key may be destroyed; checkpoint ${published}`)

    // the procedure, step by step
    await drill.stop('validator-4')
    for (const file of ['keystore.json', 'password', join('data', 'log')])
      rmSync(join(drill.dir, 'validator-4', file), { recursive: true })
    assert.not.ok(existsSync(join(drill.dir, 'validator-4', 'keystore.json')))
    await operator.does('validator-1', 'remove', candidate)
    // the machine goes on as an observer, and a new node starts from the published checkpoint
    for (const name of ['validator-4', 'observer-3'])
      editConfig(drill, name, (config) => {
        config['role'] = 'observer'
        config['checkpoint'] = published
        delete config['keystoreFile']
        delete config['passwordFile']
      })
    await Promise.all([drill.start('validator-4'), drill.start('observer-3')])
    const chain = await assertEqualChains(drill)
    tell(`${chain.length - 1} blocks, the retired machine observes`)
  }))

test.run()
