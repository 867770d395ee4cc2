/**
 * Execution on the path of a block: decode and recover, pool, build, check, root and encoding, for
 * token transfers (two slots and a log each) between many accounts.
 */
import {
  type Built,
  createExecutor,
  createPool,
  decodeGenesis,
  decodeTransaction,
  type Executor,
  encodeReceipt,
  type Genesis,
  genesisBlock,
  listRoot,
  type RawTransaction,
} from '@veche/execution'
import {
  assert,
  bigintToBytes,
  bytesToBigint,
  bytesToHex,
  concatBytes,
  EMPTY_BYTES,
  encodeBlock,
  encodeRlp,
  type Header,
  hexToBytes,
  keccak256,
  numberToBytes,
  padLeft,
  type StateReader,
  secretKeyToAddress,
  signDigest,
} from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'

export const name = 'execution/hot'

const CHAIN_ID = 77
const TOKEN = '0x00000000000000000000000000000000000c0de0'
/** moves calldata[32..64] from slot CALLER to slot calldata[0..32], then LOG1(CALLER) */
const TOKEN_CODE = '0x6020358033540333555f3554015f35553360205fa100'

function scalar(bytes: Uint8Array): Uint8Array {
  return bigintToBytes(bytesToBigint(bytes))
}

/** A signed EIP-1559 transfer of the token. */
function transfer(secret: Uint8Array, nonce: number, to: number): Uint8Array {
  const none = new Uint8Array(0)
  const input = concatBytes(padLeft(numberToBytes(to + 1), 32), padLeft(Uint8Array.of(1), 32))
  const fields = [numberToBytes(CHAIN_ID), numberToBytes(nonce), none, none]
  const body = [...fields, numberToBytes(100_000), hexToBytes(TOKEN), none, input]
  const signed = concatBytes(Uint8Array.of(2), encodeRlp([...body, []]))
  const signature = signDigest(keccak256(signed), secret)
  const [r, s, v] = [signature.subarray(0, 32), signature.subarray(32, 64), signature.subarray(64)]
  return concatBytes(Uint8Array.of(2), encodeRlp([...body, [], scalar(v), scalar(r), scalar(s)]))
}

function makeTransfers(count: number): Uint8Array[] {
  const senders = Math.min(100, count)
  return Array.from({ length: count }, (_, i) => {
    const secret = keccak256(numberToBytes(1 + (i % senders)))
    return transfer(secret, Math.floor(i / senders), 1_000 + i)
  })
}

function toView(raw: Uint8Array): RawTransaction {
  const view = decodeTransaction(raw)
  assert(view.ok, 'bench transactions are well-formed')
  return { raw, view: view.value }
}

interface Site {
  readonly genesis: Genesis
  readonly store: StateReader
  readonly head: Header
  readonly builder: Executor
}

async function openSite(): Promise<Site> {
  await installNativeCrypto()
  const decoded = decodeGenesis({
    config: { chainId: CHAIN_ID },
    timestamp: 0,
    gasLimit: 1_000_000_000,
    validators: [secretKeyToAddress(new Uint8Array(32).fill(1))],
    alloc: { [TOKEN]: { code: TOKEN_CODE, nonce: 1 } },
  })
  assert(decoded.ok, 'the bench genesis is well-formed')
  const genesis = decoded.value
  const { block, diff } = await genesisBlock(genesis)
  const store: StateReader = {
    account: (address) => diff.accounts.get(address) ?? undefined,
    slot: (address, slot) => diff.slots.get(address)?.get(slot),
    code: (hash) => diff.codes.get(hash),
    trieNode: (hash) => diff.trieNodes.get(hash),
  }
  const head = block.header
  return { genesis, store, head, builder: createExecutor({ store, genesis, head }) }
}

async function build(site: Site, transactions: readonly RawTransaction[]): Promise<Built> {
  const { head, builder } = site
  const template = {
    parentHash: (await genesisBlock(site.genesis)).hash,
    number: 1,
    coinbase: head.coinbase,
    timestamp: 1,
    extraData: head.extraData,
  }
  const built = await builder.build({ template, parent: head, transactions, timeMs: 60_000 })
  assert(built !== null, 'the head stands still while the bench builds')
  return built
}

/** The genesis with `count` accounts, half of them with two storage slots. */
function crowd(genesis: Genesis, count: number): Genesis {
  const word = (n: number): Uint8Array => numberToBytes(n + 1)
  const slotOf = (n: number) => bytesToHex(padLeft(word(n), 32))
  const accounts = Array.from({ length: count }, (_, i) => {
    const storage =
      i % 2 === 0 ? [] : [[slotOf(i), word(i)] as const, [slotOf(i + 1), word(i)] as const]
    const account = { balance: BigInt(i), nonce: 1n, code: EMPTY_BYTES, storage: new Map(storage) }
    return [bytesToHex(padLeft(word(i), 20)), account] as const
  })
  return { ...genesis, alloc: new Map([...genesis.alloc, ...accounts]) }
}

/** Every case returns what it made. */
export async function cases(size: 'smoke' | 'full') {
  const count = size === 'smoke' ? 20 : 500
  const site = await openSite()
  const raws = makeTransfers(count)
  const transactions = raws.map(toView)
  const built = await build(site, transactions)
  assert(built.block.transactions.length === count, 'every transfer fits the block')
  const receipts = built.executed.receipts.map(encodeReceipt)
  const scratch = (raws[0] as Uint8Array).slice()
  let counter = 0
  /** other input bytes give another hash and another sender: nothing is found in the cache */
  const decodeFresh = (): string => {
    new DataView(scratch.buffer).setUint32(60, counter++)
    const result = decodeTransaction(scratch.slice())
    return result.ok ? 'sender' : result.code
  }
  const fillPool = (): number => {
    const pool = createPool({
      chainId: CHAIN_ID,
      gasLimit: 1_000_000_000n,
      state: { account: () => ({ nonce: 0n, balance: 0n }) },
      clock: () => 0,
    })
    pool.addMany(raws)
    let taken = 0
    for (const _ of pool.pending()) taken++
    return taken
  }
  const check = async (): Promise<boolean> => {
    const { store, genesis, head } = site
    const checked = await createExecutor({ store, genesis, head }).execute(built.block, head)
    return checked.ok
  }
  const crowded = crowd(site.genesis, count * 10)
  return [
    { name: 'execution/decode and recover', run: decodeFresh },
    { name: 'execution/decode again', run: () => toView(raws[0] as Uint8Array).view.hash },
    { name: `execution/pool add and order transactions=${count}`, run: fillPool },
    {
      name: `execution/build transactions=${count}`,
      async: true,
      run: async () => (await build(site, transactions)).executed.hash,
    },
    { name: `execution/check transactions=${count}`, async: true, run: check },
    { name: `execution/receipts root transactions=${count}`, run: () => listRoot(receipts) },
    {
      name: `execution/state root from scratch accounts=${count * 10}`,
      async: true,
      run: async () => (await genesisBlock(crowded)).block.header.stateRoot,
    },
    { name: `execution/encode block transactions=${count}`, run: () => encodeBlock(built.block) },
  ]
}
