/** Reads a genesis file and names it by its hash and fork id. */
import { readFile } from 'node:fs/promises'
import { decodeGenesis, type Genesis } from '@veche/execution'
import {
  bytesToHex,
  encodeRlp,
  type Hash,
  type Hex,
  hexToBytes,
  keccak256,
  numberToBytes,
  utf8ToBytes,
  VecheError,
} from '@veche/primitives'

/** Throws `GENESIS_UNREADABLE`, `GENESIS_INVALID` with the field in the message. */
export async function readGenesisFile(path: string): Promise<Genesis> {
  let json: unknown
  try {
    json = JSON.parse(await readFile(path, 'utf8'))
  } catch (cause) {
    throw new VecheError('GENESIS_UNREADABLE', `a genesis file of JSON expected at ${path}`, {
      cause,
    })
  }
  const genesis = decodeGenesis(json)
  if (genesis.ok) return genesis.value
  throw new VecheError('GENESIS_INVALID', `${path}: ${genesis.reason}`, {
    facts: { code: genesis.code },
  })
}

/**
 * 4 bytes over genesis hash and fork activations, in the manner of EIP-2124: two nodes with
 * different rules never exchange a block.
 */
export function forkIdOf(genesisHash: Hash, genesis: Genesis): Hex {
  const forks = Object.entries(genesis.forks)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, time]) => [utf8ToBytes(name), numberToBytes(time)])
  return bytesToHex(keccak256(encodeRlp([hexToBytes(genesisHash), forks])).subarray(0, 4))
}
