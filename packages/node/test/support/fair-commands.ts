/**
 * People of a season at their command lines: offices with the network's keys, members, farmers and
 * a relayer with keystores of their own; every step is a `veche fairs …` that they would type.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Address, secretKeyToAddress } from '@veche/primitives'
import * as assert from 'uvu/assert'
import { createKeystore } from '../../src/keystore.ts'
import { openKeystoreFile } from '../../src/keystore-file.ts'
import { seedToSecretKey } from '../../src/load/random.ts'
import { type Ran, runMain } from './run-main.ts'

export interface Desk {
  readonly rpcUrl: string
  /** `keys` directory of the network */
  readonly keysDir: string
  /** for files; exists */
  readonly dir: string
}

/** Everybody who types commands. Names with a folder in `keysDir` are offices. */
export function createDesk({ rpcUrl, keysDir, dir }: Desk) {
  const rpc = ['--rpc', rpcUrl]
  let files = 0

  /** the keystore options of somebody; made on the first call for a person */
  async function keyOf(who: string): Promise<string[]> {
    const office = join(keysDir, who)
    const own = join(dir, 'keys', who)
    const folder = existsSync(office) ? office : own
    const keystore = join(folder, 'keystore.json')
    if (!existsSync(keystore)) {
      mkdirSync(own, { recursive: true })
      const key = await createKeystore(seedToSecretKey('fair desk', who), 'pw', { scryptN: 2 })
      writeFileSync(keystore, JSON.stringify(key))
      writeFileSync(join(folder, 'password'), 'pw\n')
    }
    return ['--keystore', keystore, '--password-file', join(folder, 'password'), '--yes', '--json']
  }

  const sends = async (who: string, ...args: readonly string[]): Promise<Ran> =>
    runMain('fairs', ...args, ...(await keyOf(who)), ...rpc)

  async function ok(...args: readonly string[]): Promise<string> {
    const ran = await runMain('fairs', ...args)
    assert.is(ran.status, 0, `${args.join(' ')}: ${ran.stderr}`)
    return ran.stdout
  }

  return {
    ...{ dir, rpc, keyOf, sends, ok },
    path: (name: string): string => join(dir, name),
    fresh: (): string => join(dir, `file-${++files}.json`),
    async address(who: string): Promise<Address> {
      if (!existsSync(join(keysDir, who)))
        return secretKeyToAddress(seedToSecretKey('fair desk', who))
      const folder = join(keysDir, who)
      const signer = await openKeystoreFile(join(folder, 'keystore.json'), join(folder, 'password'))
      return signer.address
    },
    /** a command that signs offline */
    async signs(who: string, ...args: readonly string[]): Promise<string> {
      return ok(...args, ...(await keyOf(who)))
    },
    /** a command that signs and sends; gives what it printed */
    async does(who: string, ...args: readonly string[]): Promise<Ran> {
      const ran = await sends(who, ...args)
      assert.is(ran.status, 0, `${args.join(' ')}: ${ran.stderr}`)
      return ran
    },
    async refused(who: string, reason: RegExp, ...args: readonly string[]): Promise<void> {
      const ran = await sends(who, ...args)
      assert.is(ran.status, 1, `${args.join(' ')} is refused`)
      assert.match(ran.stderr, reason)
    },
    /** a command that only reads, as JSON */
    async asks(...args: readonly string[]): Promise<unknown> {
      return JSON.parse(await ok(...args, ...rpc, '--json'))
    },
  }
}

export type FairDesk = ReturnType<typeof createDesk>
