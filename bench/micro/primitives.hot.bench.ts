/**
 * Primitives on the path of a block: hashing, senders, header hash, block codec; native beside
 * noble.
 */
import {
  blockHash,
  bytesToHex,
  decodeBlock,
  encodeBlock,
  hexToBytes,
  keccak256,
  merkleRoot,
  nobleCrypto,
} from '@veche/primitives'
import { createNativeCrypto } from '@veche/primitives/native'
import { makeBatch, makeGenesis } from '@veche/storage/conformance'

export const name = 'primitives/hot'

const { provider: native } = await createNativeCrypto()

/** Every case returns what it made. */
export function cases(size: 'smoke' | 'full') {
  const genesis = makeGenesis(1)
  const transactions = size === 'smoke' ? 20 : 1_000
  const { block } = makeBatch({ number: 0, hash: genesis.hash }, { transactions })
  const encoded = encodeBlock(block)
  const bytes64 = new Uint8Array(64).fill(5)
  const digest = keccak256(bytes64)
  const secretKey = new Uint8Array(32).fill(9)
  const signature = native.sign(digest, secretKey)
  const compact = signature.subarray(0, 64)
  const recovery = signature[64] as number
  const hex = bytesToHex(digest)
  const leaves = Array.from({ length: size === 'smoke' ? 16 : 1_000 }, (_, i) =>
    keccak256(Uint8Array.of(i & 255, i >> 8)),
  )
  return [
    { name: 'primitives/keccak noble 64B', run: () => nobleCrypto.keccak256(bytes64) },
    {
      name: 'primitives/keccak wasm 64B',
      baseline: 'primitives/keccak noble 64B',
      run: () => native.keccak256(bytes64),
    },
    { name: 'primitives/recover noble', run: () => nobleCrypto.recover(digest, compact, recovery) },
    {
      name: 'primitives/recover native',
      baseline: 'primitives/recover noble',
      run: () => native.recover(digest, compact, recovery),
    },
    { name: 'primitives/sign native', run: () => native.sign(digest, secretKey) },
    { name: 'primitives/hex encode 32B', run: () => bytesToHex(digest) },
    { name: 'primitives/hex decode 32B', run: () => hexToBytes(hex) },
    { name: 'primitives/block hash', run: () => blockHash(block.header) },
    { name: `primitives/block encode transactions=${transactions}`, run: () => encodeBlock(block) },
    {
      name: `primitives/block decode transactions=${transactions}`,
      run: () => decodeBlock(encoded).ok,
    },
    { name: `primitives/merkle root leaves=${leaves.length}`, run: () => merkleRoot(leaves) },
  ]
}
