/**
 * Quotas on a network of four, one of whose validators has them off: the keeper narrows the class
 * of everybody else with notice, pools refuse what is over it, and a block that holds such a
 * transaction is a block for all (services.md, QuotaPolicy 8).
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Address } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Drill, withDrill } from '../support/drill.ts'
import { createHands, type Hands } from '../support/hands.ts'
import { tell, until } from '../support/until.ts'

const NARROW = ['--sender', '1000/100000', '--shared', 'unlimited']
const OVER = /over quota: bucket of sender 0x[0-9a-f]{40}, class 0: needed \d+ gas, had 100000/

interface Class {
  readonly class: number
  readonly quota: Readonly<Record<string, string>>
}

interface BlockJson {
  readonly hash: string
  readonly stateRoot: string
  readonly miner: Address
}

/** A key that belongs to nobody's class, as `keys/stranger`. */
async function createStranger(drill: Drill, hands: Hands): Promise<Address> {
  const folder = join(drill.dir, 'keys', 'stranger')
  mkdirSync(folder)
  const password = join(folder, 'password')
  writeFileSync(password, 'a stranger\n')
  const out = ['--out', join(folder, 'keystore.json'), '--password-file', password, '--light']
  await hands.offline('keys', 'new', ...out)
  return hands.address('stranger')
}

/** A department of one: half a million gas that anybody may ask for. */
function createsAccount(hands: Hands, signer: Address, count: number): string[] {
  const file = hands.fresh()
  const salt = `0x${`${count}`.padStart(64, '0')}`
  const signers = [{ signer, weight: 1 }]
  writeFileSync(file, JSON.stringify({ format: 'veche-department/1', salt, threshold: 1, signers }))
  return ['departments', 'create', '--department', file]
}

/** An observer reads what was made public, and stops it. */
async function objects(hands: Hands): Promise<void> {
  const nothing = ['quotas', 'set', '0', '--sender', '0/1', '--shared', '0/1']
  await hands.does('admin', ...nothing, '--schedule')
  const { operations } = await hands.look<{ operations: { id: string; call: string }[] }>(
    ...['roles', 'pending'],
  )
  const [waiting] = operations
  assert.match(waiting?.call ?? '', /^QuotaPolicy\.setQuota\(class 0/)
  await hands.does('overseer', 'roles', 'cancel', waiting?.id ?? '')
  await hands.refused(/AccessManagerNotScheduled/, 'admin', ...nothing)
}

/** The keeper says it in public first; nobody else says it at all. */
async function narrows(hands: Hands, stranger: Address): Promise<void> {
  const set = ['quotas', 'set', '0', ...NARROW]
  await hands.refused(/AccessManagerNotScheduled/, 'admin', ...set)
  await hands.refused(/AccessManagerUnauthorizedCall/, 'stranger', ...set, '--schedule')
  await hands.does('admin', ...set, '--schedule')
  const [before] = (await hands.look<{ classes: Class[] }>('quotas', 'list')).classes
  assert.is(before?.quota['senderBucket'], `${2n ** 64n - 1n}`)
  const done = await hands.does('admin', ...set, '--wait')
  assert.ok(done.events.some(({ event }) => event === 'QuotaSet'))
  const shown = await hands.look<Class>('quotas', 'show', stranger)
  assert.equal([shown.class, shown.quota['senderBucket']], [0, '100000'])
}

/** The block at a height, the same on every node. */
async function sameEverywhere(drill: Drill, height: number): Promise<BlockJson> {
  const blocks: BlockJson[] = []
  for (const name of drill.names) {
    await drill.reaches(name, height)
    const at = `0x${height.toString(16)}`
    blocks.push((await drill.rpc(name, 'eth_getBlockByNumber', [at, false])) as BlockJson)
  }
  const [first] = blocks
  assert.ok(first !== undefined)
  for (const { hash, stateRoot } of blocks)
    assert.equal([hash, stateRoot], [first.hash, first.stateRoot])
  return first
}

test('QuotaPolicy 8: what pools refuse is no fault of a block, on every node', () =>
  withDrill({ observers: 1 }, async (drill) => {
    const off = { VECHE_POOL_QUOTAS: 'false' }
    const free = ['validator-4', 'observer-1']
    await Promise.all(drill.names.map((name) => drill.start(name, free.includes(name) ? off : {})))
    const hands = createHands(drill, 'validator-1')
    const stranger = await createStranger(drill, hands)
    const create = (count: number): string[] => createsAccount(hands, stranger, count)
    await hands.does('stranger', ...create(1))
    await objects(hands)
    await narrows(hands, stranger)
    await hands.refused(OVER, 'stranger', ...create(2))
    const free4 = createHands(drill, 'validator-4')
    const done = await free4.does('stranger', ...create(2))
    const { miner } = await sameEverywhere(drill, done.blockNumber)
    const [, , , fourth] = drill.files.validators
    assert.is(miner, fourth?.address, 'only the validator without quotas proposes it')
    tell(`over quota in block ${done.blockNumber}, valid on all five`)
    await hands.refused(OVER, 'stranger', ...create(3))
    await hands.does('admin', 'quotas', 'assign', '1', stranger, '--wait')
    const isLifted = async (): Promise<boolean> =>
      (await hands.look<Class>('quotas', 'show', stranger)).class === 1
    await until('the stranger is in class 1', isLifted, 10_000)
    await hands.does('stranger', ...create(3))
  }))

test.run()
