/**
 * What quotas cost where transactions come in and where a block is proposed: the same pool with and
 * without them, over QuotaPolicy's slots in memory. Senders are recovered before (a cache holds
 * them), as for a transaction that was seen once: the ratio is the dearest that a node can see.
 */
import { QUOTA_POLICY_ADDRESS, type Quota, quotaSlot, UNLIMITED_QUOTA } from '@veche/contracts'
import { createPool, decodeTransaction, type Pool } from '@veche/execution'
import { signTransaction } from '@veche/node'
import { Quotas } from '@veche/node/parts'
import {
  type Account,
  assert,
  type Hash,
  type Header,
  hexToBytes,
  keccak256,
  numberToBytes,
  type Signer,
  type StateReader,
  secretKeyToAddress,
  signDigest,
  ZERO_HASH,
} from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'

export const name = 'node/quotas'

const CHAIN_ID = 77
const GAS = 100_000n
const SENDERS = 100
const WARM_TURNS = 20
const policy: Account = {
  ...{ nonce: 1n, balance: 0n, storageRoot: ZERO_HASH, codeHash: ZERO_HASH },
}
/** nobody is refused, everybody is counted */
const WIDE: Quota = {
  ...{ senderRate: 100_000n, senderBucket: 10n ** 12n },
  ...{ sharedRate: 3_000_000n, sharedBucket: 10n ** 13n },
}

function signerOf(number: number): Signer {
  const secret = keccak256(numberToBytes(number + 1))
  const address = secretKeyToAddress(secret)
  return { address, sign: async (digest) => signDigest(digest, secret) }
}

async function makeTransfers(count: number): Promise<Uint8Array[]> {
  const senders = Array.from({ length: Math.min(SENDERS, count) }, (_, i) => signerOf(i))
  const to = signerOf(SENDERS).address
  const made: Uint8Array[] = []
  for (let i = 0; i < count; i++) {
    const call = { to, data: '0x', gas: GAS, chainId: CHAIN_ID } as const
    const nonce = Math.floor(i / senders.length)
    const signer = senders[i % senders.length] as Signer
    const raw = hexToBytes(await signTransaction(signer, { ...call, nonce }))
    assert(decodeTransaction(raw).ok, 'bench transactions are well-formed')
    made.push(raw)
  }
  return made
}

/** a head whose QuotaPolicy has these numbers for everybody */
function stateOf({ senderRate, senderBucket, sharedRate, sharedBucket }: Quota): StateReader {
  const word = senderRate | (senderBucket << 64n) | (sharedRate << 128n) | (sharedBucket << 192n)
  const slots = new Map<Hash, Uint8Array>([
    [quotaSlot(0), hexToBytes(`0x${word.toString(16).padStart(64, '0')}`)],
  ])
  return {
    account: (address) => (address === QUOTA_POLICY_ADDRESS ? policy : undefined),
    slot: (_, slot) => slots.get(slot),
    code: () => undefined,
    trieNode: () => undefined,
  }
}

function createQuotas(quota: Quota): Quotas {
  let nowMs = 0
  return new Quotas({
    state: stateOf(quota),
    executor: { call: async () => ({ kind: 'refused', reason: 'nobody vouches' }) },
    nowMs: () => nowMs++,
    head: () => ({}) as Header,
    isExempt: () => false,
    isPooled: () => false,
  })
}

function fill(raws: readonly Uint8Array[], quota: Quota | undefined): Pool {
  const pool = createPool({
    ...{ chainId: CHAIN_ID, gasLimit: 1_000_000_000n, clock: () => 0 },
    state: { account: () => ({ nonce: 0n, balance: 0n }) },
    ...(quota === undefined ? {} : { quota: createQuotas(quota) }),
  })
  const taken = pool.addMany(raws)
  assert(
    taken.every(({ ok }) => ok),
    'nobody is over quota',
  )
  return pool
}

function count(items: Iterable<unknown>): number {
  let found = 0
  for (const _ of items) found++
  return found
}

/** Every case returns what it made. */
export async function cases(size: 'smoke' | 'full') {
  await installNativeCrypto()
  const number = size === 'smoke' ? 20 : 2_000
  const raws = await makeTransfers(number)
  const pool = fill(raws, undefined)
  // code that has seen every kind of pool, as a node's: the first case would look faster otherwise
  for (let turn = 0; turn < WARM_TURNS; turn++)
    for (const quota of [undefined, UNLIMITED_QUOTA, WIDE]) fill(raws, quota)
  const book = createQuotas(WIDE)
  const [added, proposed] = ['pool add', 'propose'].map(
    (what) => (quotas: string) => `node/${what} transactions=${number} quotas=${quotas}`,
  ) as [(quotas: string) => string, (quotas: string) => string]
  return [
    { name: added('off'), run: () => fill(raws, undefined).count() },
    {
      name: added('unlimited'),
      run: () => fill(raws, UNLIMITED_QUOTA).count(),
      baseline: added('off'),
    },
    { name: added('limited'), run: () => fill(raws, WIDE).count(), baseline: added('off') },
    { name: proposed('off'), run: () => count(pool.pending()) },
    {
      name: proposed('limited'),
      run: () => count(book.within(pool.pending(), 1)),
      baseline: proposed('off'),
    },
  ]
}
