/**
 * Load for drills: singly issued documents from the city's issuers, sent again until each is final,
 * so that it survives the death of every process. Remembers each final transaction with its block
 * hash.
 */
import { join } from 'node:path'
import { DOCUMENT_REGISTRY_ADDRESS, documentRegistry, schemaId } from '@veche/contracts'
import { keccakHex, type Signer, utf8ToBytes } from '@veche/primitives'
import * as assert from 'uvu/assert'
import type { Hex } from 'viem'
import { keccak256 } from 'viem/utils'
import { CITY_SCHEMA } from '../../src/genesis-tool.ts'
import { callRpc } from '../../src/json-rpc.ts'
import { openKeystoreFile } from '../../src/keystore-file.ts'
import { signTransaction } from '../../src/transactions.ts'
import type { Drill } from './drill.ts'
import { pause, until } from './until.ts'

export interface FinalFact {
  readonly hash: Hex
  readonly blockHash: string
  readonly blockNumber: number
}

export interface Load {
  /** seen final, in the order they were seen */
  readonly final: readonly FinalFact[]
  /** signed so far */
  sent(): number
  /** resolves when `count` more than now are final */
  progress(count: number, timeoutMs: number): Promise<void>
  /** signs nothing new until `resume`; resolves when everything signed is final */
  rest(timeoutMs: number): Promise<void>
  resume(): void
  /** {@link rest}, then ends the load */
  finish(timeoutMs: number): Promise<void>
  /** ends the load at once; a failure of it is thrown here */
  abort(): Promise<void>
}

const WINDOW = 8
/** after so long without news a node that took a transaction has lost it: everything open again */
const RESEND_MS = 500
const ISSUE_GAS = 150_000n
const CALL = { to: DOCUMENT_REGISTRY_ADDRESS, gas: ISSUE_GAS } as const

/** The key `<city>/keys/<name>` of an office, or of a node when it stands in `<city>/<name>`. */
export function openKey(drill: Drill, ...path: readonly string[]): Promise<Signer> {
  const folder = join(drill.dir, ...path)
  return openKeystoreFile(join(folder, 'keystore.json'), join(folder, 'password'))
}

interface Lane {
  readonly signer: Signer
  /** signed transactions by nonce */
  readonly signed: { raw: Hex; hash: Hex }[]
  /** those below are final */
  final: number
  /** those below were taken by a node, which may have died since */
  sent: number
  /** when it last sent, `performance.now()` */
  sentMs: number
}

async function sign(lane: Lane, chainId: number): Promise<void> {
  const nonce = lane.signed.length
  const commitment = keccakHex(utf8ToBytes(`${lane.signer.address} ${nonce}`))
  const data = documentRegistry.issue(commitment, schemaId(CITY_SCHEMA))
  const raw = await signTransaction(lane.signer, { chainId, nonce, ...CALL, data })
  lane.signed.push({ raw, hash: keccak256(raw) })
}

/** Asks for the receipts that a higher account nonce promises. */
async function collect(lane: Lane, url: string, final: FinalFact[]): Promise<void> {
  const nonce = await callRpc(url, 'eth_getTransactionCount', [lane.signer.address, 'latest'])
  while (lane.final < Number(nonce)) {
    const one = lane.signed[lane.final]
    assert.ok(one, 'no nonce is used that was not signed here')
    const receipt = (await callRpc(url, 'eth_getTransactionReceipt', [one.hash])) as {
      blockHash: string
      blockNumber: string
      status: string
    } | null
    // a node may be behind another that was asked before
    if (receipt === null) return
    assert.is(receipt.status, '0x1', `document ${one.hash} is issued`)
    final.push({ ...one, ...receipt, blockNumber: Number(receipt.blockNumber) })
    lane.final++
  }
}

/** Sends what no node took yet, and all that is open when it has been quiet for a while. */
async function sendOpen(lane: Lane, url: string): Promise<void> {
  const isQuiet = performance.now() - lane.sentMs > RESEND_MS
  const open = lane.signed.slice(isQuiet ? lane.final : Math.max(lane.final, lane.sent))
  for (const { raw } of open)
    await callRpc(url, 'eth_sendRawTransaction', [raw]).catch((cause: unknown) => {
      // known or already used: it was sent before
      if ((cause as { code?: string }).code !== 'RPC_FAILED') throw cause
    })
  lane.sent = lane.signed.length
  if (open.length > 0) lane.sentMs = performance.now()
}

/** Starts the load on whatever nodes run; nobody running is a pause. */
export async function startLoad(drill: Drill, senders = 4): Promise<Load> {
  const lanes: Lane[] = []
  for (let i = 1; i <= senders; i++)
    lanes.push({
      signer: await openKey(drill, 'keys', `issuer-${i}`),
      signed: [],
      ...{ final: 0, sent: 0, sentMs: 0 },
    })
  const { chainId } = drill.files
  const final: FinalFact[] = []
  let fresh = true
  let stopped = false
  let turn = 0

  const serve = async (lane: Lane): Promise<void> => {
    const names = drill.running()
    const name = names[turn++ % names.length]
    if (name === undefined) return
    const url = drill.url(name)
    await collect(lane, url, final)
    while (fresh && lane.signed.length < lane.final + WINDOW) await sign(lane, chainId)
    await sendOpen(lane, url)
  }
  const run = async (): Promise<void> => {
    while (!stopped) {
      for (const lane of lanes) {
        await serve(lane).catch((cause: unknown) => {
          // the node died under the call: another round, another node
          if ((cause as { code?: string }).code !== 'RPC_UNREACHABLE') throw cause
        })
      }
      await pause()
    }
  }
  let failure: unknown
  const running = run().catch((cause: unknown) => {
    failure = cause
  })
  const check = (): void => {
    if (failure !== undefined) throw failure
  }
  const rest = async (timeoutMs: number): Promise<void> => {
    fresh = false
    const there = async (): Promise<boolean> => failure !== undefined || open() === 0
    await until('every transaction final', there, timeoutMs)
    check()
  }
  const open = (): number => lanes.reduce((n, lane) => n + lane.signed.length - lane.final, 0)
  return {
    final,
    sent: () => lanes.reduce((n, lane) => n + lane.signed.length, 0),
    async progress(count, timeoutMs) {
      const target = final.length + count
      const there = async (): Promise<boolean> => failure !== undefined || final.length >= target
      await until(`${count} more final transactions`, there, timeoutMs)
      check()
    },
    rest,
    resume() {
      fresh = true
    },
    async finish(timeoutMs) {
      await rest(timeoutMs)
      stopped = true
      await running
      check()
    },
    async abort() {
      stopped = true
      await running
      check()
    },
  }
}
