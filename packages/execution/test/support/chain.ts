/**
 * A small chain for tests: keys, signed transactions, a genesis and a head that moves by building.
 */
import { createTx, type TypedTxData } from '@ethereumjs/tx'
import {
  type Address,
  assert,
  bigintToBytes,
  bytesToBigint,
  bytesToHex,
  concatBytes,
  encodeExtraData,
  encodeRlp,
  type Hash,
  type Header,
  hexToBytes,
  keccak256,
  numberToBytes,
  type RlpInput,
  secretKeyToAddress,
  signDigest,
  utf8ToBytes,
  validatorSetHash,
} from '@veche/primitives'
import { createCommon } from '../../src/chain/forks.ts'
import {
  type Built,
  createExecutor,
  decodeGenesis,
  decodeTransaction,
  type Executor,
  type Genesis,
  genesisBlock,
  type RawTransaction,
} from '../../src/index.ts'
import { createMemoryStore, type MemoryStore } from './store.ts'

export const CHAIN_ID = 8_545

export interface Key {
  readonly secret: Uint8Array
  readonly address: Address
}

/** The nth test key. */
export function keyOf(n: number): Key {
  const secret = keccak256(utf8ToBytes(`test key ${n}`))
  return { secret, address: secretKeyToAddress(secret) }
}

/** Signs any transaction type with defaults that suit a free chain. */
export function sign(key: Key, data: TypedTxData & { type?: number }): Uint8Array {
  const common = createCommon(CHAIN_ID, 'prague')
  const typed = { gasLimit: 100_000, chainId: CHAIN_ID, ...data } as TypedTxData
  const fees = data.type === undefined || data.type < 2 ? { gasPrice: 0 } : {}
  return createTx({ ...fees, ...typed }, { common, allowUnlimitedInitCodeSize: true })
    .sign(key.secret)
    .serialize()
}

/**
 * A signed type-3 transaction with one blob hash (ethereumjs wants a trusted setup to make one).
 */
export function blobTransaction(key: Key, to: string): Uint8Array {
  const none = new Uint8Array(0)
  const fields: RlpInput[] = [numberToBytes(CHAIN_ID), none, none, none, numberToBytes(21_000)]
  fields.push(hexToBytes(to), none, none, [], Uint8Array.of(9))
  fields.push([hexToBytes(`0x01${'00'.repeat(31)}`)])
  const type = Uint8Array.of(3)
  const signature = signDigest(keccak256(concatBytes(type, encodeRlp(fields))), key.secret)
  const scalar = (bytes: Uint8Array): Uint8Array => bigintToBytes(bytesToBigint(bytes))
  fields.push(scalar(signature.subarray(64)), scalar(signature.subarray(0, 32)))
  fields.push(scalar(signature.subarray(32, 64)))
  return concatBytes(type, encodeRlp(fields))
}

export function viewOf(raw: Uint8Array): RawTransaction {
  const view = decodeTransaction(raw)
  assert(view.ok, 'test transactions are well-formed')
  return { raw, view: view.value }
}

export interface TestAlloc {
  readonly [address: string]: { balance?: string; code?: string; storage?: object; nonce?: number }
}

export function genesisOf(alloc: TestAlloc, extra: Record<string, unknown> = {}): Genesis {
  const { veche = {}, config = {}, ...file } = extra as Record<string, object>
  const genesis = decodeGenesis({
    config: { chainId: CHAIN_ID, ...config, veche },
    timestamp: 1_700_000_000,
    gasLimit: 30_000_000,
    validators: [keyOf(1).address],
    alloc,
    ...file,
  })
  assert(genesis.ok, `test genesis is well-formed: ${genesis.ok ? '' : genesis.reason}`)
  return genesis.value
}

export interface TestChain {
  readonly genesis: Genesis
  readonly store: MemoryStore
  readonly executor: Executor
  head(): Header
  headHash(): Hash
  build(transactions: readonly Uint8Array[], options?: BuildExtras): Promise<Built>
  commit(built: { block: Built['block']; executed: Built['executed'] }): void
}

export interface BuildExtras {
  readonly timestamp?: number
  readonly transactionTimeMs?: number
  readonly transactionWallMs?: number
  readonly lightOnly?: boolean
  readonly timeMs?: number
}

/** Opens a chain at its genesis over an in-memory store. */
export async function openChain(genesis: Genesis): Promise<TestChain> {
  const store = createMemoryStore()
  const first = await genesisBlock(genesis)
  store.apply(first.diff)
  let head = first.block.header
  let headHash = first.hash
  const executor = createExecutor({ store, genesis, head })
  const validators = genesis.validators
  return {
    genesis,
    store,
    executor,
    head: () => head,
    headHash: () => headHash,
    async build(transactions, { timestamp = head.timestamp + 1, timeMs = 10_000, ...rest } = {}) {
      const built = await executor.build({
        template: {
          parentHash: headHash,
          number: head.number + 1,
          coinbase: validators[0] as Address,
          timestamp,
          extraData: encodeExtraData({
            vanity: validatorSetHash(validators),
            validators,
            round: 0,
            seals: [],
          }),
        },
        parent: head,
        transactions: transactions.map(viewOf),
        timeMs,
        transactionTimeMs: 5_000,
        ...rest,
      })
      assert(built !== null, 'the head stands still while a test builds')
      return built
    },
    commit({ block, executed }) {
      executor.committing(executed.hash)
      store.apply(executed.diff)
      executor.committed(executed.hash)
      head = block.header
      headHash = executed.hash
    },
  }
}

/** A contract that returns `runtime`, as creation code. */
export function initCodeOf(runtime: string): `0x${string}` {
  const body = runtime.replace(/^0x/, '')
  const length = (body.length / 2).toString(16).padStart(4, '0')
  // PUSH2 length DUP1 PUSH1 12 PUSH1 0 CODECOPY PUSH1 0 RETURN
  return `0x61${length}80600c6000396000f3${'00'.repeat(0)}${body}`
}

export function hex(bytes: Uint8Array): string {
  return bytesToHex(bytes)
}

export { hexToBytes }
