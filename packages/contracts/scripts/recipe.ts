/**
 * The build recipe of a contract: what one must do with the published sources to get the byte code
 * again. ReleaseRegistry holds its hash beside the code hash.
 */
import { createHash } from 'node:crypto'
import type { Hash } from '@veche/primitives'
import { canonicalJson } from '../src/canonical-json.ts'
import type { ContractSource } from './contracts.ts'
import { codeSettings, solcVersion } from './solc.ts'

/** Canonical JSON: compiler of npm, its settings, the file and the contract in it. */
export function buildRecipe(contract: ContractSource): string {
  const { name, file } = contract
  return canonicalJson({
    compiler: `npm:solc@${solcVersion()}`,
    settings: codeSettings(contract),
    file,
    contract: name,
  })
}

/** sha256 of {@link buildRecipe} in UTF-8. */
export function recipeHash(contract: ContractSource): Hash {
  return `0x${createHash('sha256').update(buildRecipe(contract)).digest('hex')}`
}
