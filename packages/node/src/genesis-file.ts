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
import { overridesToRlp, type SetOverride } from './council/overrides.ts'

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
 * 4 bytes over the genesis hash and every rule that the genesis header does not commit to (forks,
 * consensus parameters, overrides of the validator set), in the manner of EIP-2124: two nodes with
 * different rules refuse each other in the handshake.
 */
export function forkIdOf(
  genesisHash: Hash,
  genesis: Genesis,
  overrides: readonly SetOverride[] = [],
): Hex {
  const { forks, parameters, validatorContract, baseFeeRule } = genesis
  const numbers = Object.entries<number>({ ...parameters, ...forks })
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => [utf8ToBytes(name), numberToBytes(value)])
  const texts = [utf8ToBytes(validatorContract ?? ''), utf8ToBytes(baseFeeRule)]
  const rules = [hexToBytes(genesisHash), numbers, texts]
  const encoded = encodeRlp(overrides.length === 0 ? rules : [...rules, overridesToRlp(overrides)])
  return bytesToHex(keccak256(encoded).subarray(0, 4))
}
