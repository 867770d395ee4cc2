/** Changes of the validator set in drills: a node becomes a candidate, a vote seats it. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { decodeValidatorSetLog, VALIDATOR_SET_ADDRESS, validatorSet } from '@veche/contracts'
import {
  type Address,
  type Hash,
  type Hex,
  hexToBytes,
  type Signer,
  secretKeyToAddress,
} from '@veche/primitives'
import * as assert from 'uvu/assert'
import { createSetReader, type SetReader } from '../../src/council/set-reader.ts'
import { callRpc } from '../../src/json-rpc.ts'
import { createKeystore, createSecretKey } from '../../src/keystore.ts'
import { writeKeystoreFile, writeSecretFile } from '../../src/keystore-file.ts'
import { SCRYPT_N_LIGHT } from '../../src/limits.ts'
import type { Drill } from './drill.ts'
import { transactSucceeds } from './transact.ts'
import { until } from './until.ts'

/** A member as `veche_members` shows it. */
export interface SetMemberJson {
  readonly address: Address
  readonly organisation: Hash | null
  readonly leaving: boolean
  readonly suspended: Hash | null
}

export type Config = Record<string, unknown> & { p2p: Record<string, unknown> }

const PASSWORD = 'candidate'
const TO = VALIDATOR_SET_ADDRESS
const READY_TIMEOUT_MS = 60_000

/** Rewrites a node's configuration. */
export function editConfig(drill: Drill, name: string, edit: (config: Config) => void): void {
  const path = join(drill.dir, name, 'config.json')
  const config = JSON.parse(readFileSync(path, 'utf8')) as Config
  edit(config)
  writeFileSync(path, JSON.stringify(config))
}

/** Makes the directory of an observer that of a validator with a new key. */
export async function makeValidator(drill: Drill, name: string): Promise<Address> {
  const secretKey = createSecretKey()
  const folder = join(drill.dir, name)
  const keystore = await createKeystore(secretKey, PASSWORD, { scryptN: SCRYPT_N_LIGHT })
  await writeKeystoreFile(join(folder, 'keystore.json'), keystore)
  await writeSecretFile(join(folder, 'password'), `${PASSWORD}\n`)
  editConfig(drill, name, (config) => {
    config['role'] = 'validator'
    config['keystoreFile'] = 'keystore.json'
    config['passwordFile'] = 'password'
  })
  return secretKeyToAddress(secretKey)
}

/** Reads the contract through a node. */
export function readerAt(url: string): SetReader {
  return createSetReader(async (data) => {
    const output = await callRpc(url, 'eth_call', [{ to: TO, data }, 'latest'])
    return hexToBytes(output as Hex)
  })
}

/** Names of the events of the set in a receipt, and the id of the proposal if one was made. */
function eventsOf(logs: readonly { topics: readonly Hex[]; data: Hex }[]) {
  const events = logs.map(({ topics, data }) =>
    decodeValidatorSetLog({ topics: topics as [Hash, ...Hash[]], data: hexToBytes(data) }),
  )
  return events.flatMap((event) => (event.ok ? [event.value] : []))
}

/** Proposes with the first voter, approves with the others, schedules; the proposal's id. */
export async function carryProposal(
  url: string,
  voters: readonly Signer[],
  data: Hex,
): Promise<bigint> {
  const [proposer, ...others] = voters
  assert.ok(proposer)
  const send = (signer: Signer, call: Hex) => transactSucceeds(url, signer, { to: TO, data: call })
  const proposed = eventsOf((await send(proposer as Signer, data)).logs)[0]
  assert.is(proposed?.eventName, 'Proposed')
  const id = proposed?.eventName === 'Proposed' ? proposed.args.id : 0n
  await Promise.all(others.map((other) => send(other, validatorSet.approve(id))))
  await send(proposer as Signer, validatorSet.schedule(id))
  return id
}

/** Activates a scheduled proposal; the height whose state has the new set. */
export async function activate(url: string, signer: Signer, id: bigint): Promise<number> {
  const call = { to: TO, data: validatorSet.activate(id) }
  const { blockNumber, logs } = await transactSucceeds(url, signer, call)
  assert.ok(eventsOf(logs).some(({ eventName }) => eventName === 'SetChanged'))
  return blockNumber
}

/**
 * The whole way of an addition; the candidate's node says by itself that it is ready. The height
 * whose state has the new set.
 */
export async function addMember(
  url: string,
  voters: readonly Signer[],
  data: Hex,
): Promise<number> {
  const id = await carryProposal(url, voters, data)
  const reader = readerAt(url)
  await until(
    'the candidate is ready',
    async () => ((await reader.proposal(id))?.readyAt ?? 0) > 0,
    READY_TIMEOUT_MS,
  )
  return activate(url, voters[0] as Signer, id)
}

/** The whole way of a removal; the height whose state has the new set. */
export async function removeMember(
  url: string,
  voters: readonly Signer[],
  member: Address,
): Promise<number> {
  const id = await carryProposal(url, voters, validatorSet.proposeRemove(member))
  return activate(url, voters[0] as Signer, id)
}
