/** What stands in a city's data directory: its nodes, the keys of its issuers, its schema. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { schemaId } from '@veche/contracts'
import type { Hash, Signer } from '@veche/primitives'
import { readGenesisFile } from '../genesis-file.ts'
import { CITY_SCHEMA } from '../genesis-tool.ts'
import { openKeystoreFile } from '../keystore-file.ts'

export interface CityFiles {
  readonly chainId: number
  /** directory names, in order */
  readonly validators: readonly string[]
  readonly observers: readonly string[]
  /** departments that may issue under `schema` */
  readonly issuers: readonly Signer[]
  readonly schema: Hash
}

/** `name-1`, `name-2`, … in numeric order. */
function numbered(directory: string, prefix: string): string[] {
  if (!existsSync(directory)) return []
  const number = (name: string): number => Number(name.slice(prefix.length))
  return readdirSync(directory)
    .filter((name) => name.startsWith(prefix) && Number.isInteger(number(name)))
    .sort((a, b) => number(a) - number(b))
}

export async function readCityFiles(dataDir: string): Promise<CityFiles> {
  const genesis = await readGenesisFile(join(dataDir, 'genesis.json'))
  const keys = join(dataDir, 'keys')
  const issuers = await Promise.all(
    numbered(keys, 'issuer-').map((name) =>
      openKeystoreFile(join(keys, name, 'keystore.json'), join(keys, name, 'password')),
    ),
  )
  return {
    chainId: genesis.chainId,
    validators: numbered(dataDir, 'validator-'),
    observers: numbered(dataDir, 'observer-'),
    issuers,
    schema: schemaId(CITY_SCHEMA),
  }
}
