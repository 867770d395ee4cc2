/** GeneralStateTests of ethereum/tests through our state, journal, trie and transaction rules. */
import {
  type Address,
  bytesToHex,
  EMPTY_TRIE_ROOT,
  encodeRlp,
  type Hash,
  hexToBytes,
  keccak256,
  keccakHex,
} from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { closeBlock, openBlock } from '../src/chain/block-run.ts'
import { FORKS, type Fork } from '../src/chain/forks.ts'
import { runTransaction } from '../src/chain/transition.ts'
import { createMachine, type Machine } from '../src/evm/machine.ts'
import { decodeTransaction } from '../src/index.ts'
import {
  EMPTY_CODE_HASH_BYTES,
  EMPTY_ROOT_BYTES,
  EMPTY_STATE,
  stripZeros,
} from '../src/state/flat.ts'
import { HeadState } from '../src/state/head.ts'
import { Overlay } from '../src/state/overlay.ts'
import { settleState } from '../src/state/root.ts'
import { NodeCache } from '../src/state/trie.ts'
import { createMemoryStore, type MemoryStore } from './support/store.ts'
import { jsonFiles, vectorsOf } from './support/vectors.ts'

await installNativeCrypto()

type Json = Record<string, string>
interface Pre {
  [address: string]: { balance: string; nonce: string; code: string; storage: Json }
}

function word(text: string): Hash {
  return `0x${text.slice(2).padStart(64, '0')}`
}

function evenBytes(text: string): Uint8Array {
  return hexToBytes(text.length % 2 === 0 ? text : `0x0${text.slice(2)}`)
}

/** The pre-state as a committed store and its root. */
function openPre(pre: Pre): { store: MemoryStore; root: Hash } {
  const overlay = new Overlay(EMPTY_STATE)
  for (const [name, { balance, nonce, code, storage }] of Object.entries(pre)) {
    const address = name.toLowerCase() as Address
    const bytes = hexToBytes(code)
    const codeHash = bytes.length === 0 ? EMPTY_CODE_HASH_BYTES : keccak256(bytes)
    if (bytes.length > 0) overlay.addCode(bytesToHex(codeHash), bytes)
    overlay.setAccount(address, {
      nonce: BigInt(nonce),
      balance: BigInt(balance),
      storageRoot: EMPTY_ROOT_BYTES,
      codeHash,
    })
    for (const [slot, value] of Object.entries(storage))
      overlay.setSlot(address, word(slot), stripZeros(evenBytes(value)))
  }
  const nodes = new NodeCache({ trieNode: () => undefined })
  const { stateRoot, diff } = settleState(overlay, nodes, EMPTY_TRIE_ROOT)
  const store = createMemoryStore()
  store.apply(diff)
  return { store, root: stateRoot }
}

interface Case {
  readonly pre: Pre
  readonly env: Json
  readonly fork: Fork
  readonly post: { hash: Hash; logs: Hash; txbytes: `0x${string}`; expectException?: string }
}

const machines = new Map<Fork, Promise<Machine>>()

async function machineOf(fork: Fork): Promise<Machine> {
  const machine = machines.get(fork) ?? createMachine(1, fork)
  machines.set(fork, machine)
  return machine
}

/** Runs one case: undefined when it passes, else what differs. */
async function run({ pre, env, fork, post }: Case): Promise<string | undefined> {
  const { store, root } = openPre(pre)
  const machine = await machineOf(fork)
  const so = openBlock({
    machine,
    base: new HeadState(store),
    chainId: 1,
    header: {
      number: Number(env['currentNumber']),
      timestamp: Number(env['currentTimestamp']),
      coinbase: (env['currentCoinbase'] as string).toLowerCase() as Address,
      gasLimit: BigInt(env['currentGasLimit'] as string),
      mixHash: word(env['currentRandom'] ?? env['currentDifficulty'] ?? '0x0'),
      parentHash: keccakHex(new TextEncoder().encode(`${Number(env['currentNumber']) - 1}`)),
      baseFeePerGas: BigInt(env['currentBaseFee'] ?? '0x0'),
    },
    blockHash: (number) => keccakHex(new TextEncoder().encode(`${number}`)),
  })
  const raw = hexToBytes(post.txbytes)
  const view = decodeTransaction(raw)
  const result = view.ok
    ? await runTransaction({ raw, view: view.value }, so, { timeMs: Number.POSITIVE_INFINITY })
    : view
  if (result.ok === (post.expectException !== undefined))
    return `${result.ok ? 'ran' : result.reason}, expected ${post.expectException ?? 'to run'}`
  const state = await closeBlock(so, {
    nodes: new NodeCache(store),
    parentRoot: root,
    validatorContract: undefined,
  })
  if (state.stateRoot !== post.hash) return `root ${state.stateRoot}, expected ${post.hash}`
  const logs = result.ok ? result.value.logs : []
  const rlp = encodeRlp(
    logs.map((log) => [hexToBytes(log.address), log.topics.map(hexToBytes), log.data]),
  )
  return keccakHex(rlp) === post.logs ? undefined : 'logs differ'
}

function isBlob(post: Case['post']): boolean {
  return post.txbytes.startsWith('0x03')
}

/** 250 M gas of memory copies: minutes on a small machine */
const SLOW = 'QuadraticComplexitySolidity_CallDataCopy'

const folder = vectorsOf('GeneralStateTests')

test('every supported case of GeneralStateTests ends in the expected root and logs', async () => {
  if (folder === undefined) return
  let passed = 0
  let blobs = 0
  let slow = 0
  let otherForks = 0
  const failures: string[] = []
  for (const { name, content } of jsonFiles(folder))
    for (const [title, one] of Object.entries<Record<string, never>>(content))
      for (const [network, posts] of Object.entries<Case['post'][]>(one['post'] ?? {}))
        for (const [index, post] of posts.entries()) {
          const fork = network.toLowerCase() as Fork
          if (!FORKS.includes(fork)) otherForks++
          else if (isBlob(post)) blobs++
          else if (title.startsWith(SLOW) && index === 1) slow++
          else {
            const problem = await run({ pre: one['pre'] ?? {}, env: one['env'] ?? {}, fork, post })
            if (problem === undefined) passed++
            else failures.push(`${name} ${title} ${network} #${index}: ${problem}`)
          }
        }
  process.stdout.write(`state tests: ${passed} pass, ${failures.length} fail; `)
  process.stdout.write(`not run: ${blobs} with blobs, ${slow} slow, ${otherForks} of other forks\n`)
  assert.equal(failures, [])
})

test.run()
