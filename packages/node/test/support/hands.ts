/**
 * The hands of a city's people in end-to-end tests: every `veche` command over a drill's network,
 * with the keys of `keys/<who>`; what is done must be done, what is refused must be refused.
 */
import { join } from 'node:path'
import type { Address } from '@veche/primitives'
import * as assert from 'uvu/assert'
import { openKeystoreFile } from '../../src/keystore-file.ts'
import type { Drill } from './drill.ts'
import { type Ran, runMain } from './run-main.ts'

/** What a command that sent one transaction prints. */
export interface Told {
  readonly blockNumber: number
  readonly events: readonly { event: string; args: Readonly<Record<string, unknown>> }[]
}

export interface Hands {
  /** `--keystore … --password-file …` of somebody */
  keyOf(who: string): string[]
  address(who: string): Promise<Address>
  /** a name for a file that is not there yet */
  fresh(): string
  /** reads: `--rpc … --json`; must succeed */
  look<T>(...args: readonly string[]): Promise<T>
  /** without network and key; must succeed */
  offline<T>(...args: readonly string[]): Promise<T>
  /** signs and sends as somebody; the result is not judged */
  tries(who: string, ...args: readonly string[]): Promise<Ran>
  does(who: string, ...args: readonly string[]): Promise<Told>
  refused(reason: RegExp, who: string, ...args: readonly string[]): Promise<void>
}

/** Hands over a network; `node` answers them. */
export function createHands(drill: Drill, node: string): Hands {
  const folderOf = (who: string): string => join(drill.dir, 'keys', who)
  const keyOf = (who: string): string[] => {
    const folder = folderOf(who)
    const password = join(folder, 'password')
    return ['--keystore', join(folder, 'keystore.json'), '--password-file', password]
  }
  const rpc = (): string[] => ['--rpc', drill.url(node)]
  const told = <T>(ran: Ran, args: readonly string[]): T => {
    assert.is(ran.status, 0, `${args.join(' ')}: ${ran.stderr}`)
    return JSON.parse(ran.stdout) as T
  }
  const tries = (who: string, ...args: readonly string[]): Promise<Ran> =>
    runMain(...args, ...keyOf(who), ...rpc(), '--yes', '--json')
  let files = 0
  return {
    ...{ keyOf, tries },
    async address(who) {
      const folder = folderOf(who)
      const paths = [join(folder, 'keystore.json'), join(folder, 'password')] as const
      return (await openKeystoreFile(...paths)).address
    },
    fresh: () => join(drill.dir, `file-${++files}.json`),
    look: async (...args) => told(await runMain(...args, ...rpc(), '--json'), args),
    offline: async (...args) => told(await runMain(...args, '--json'), args),
    does: async (who, ...args) => told(await tries(who, ...args), args),
    async refused(reason, who, ...args) {
      const ran = await tries(who, ...args)
      assert.is(ran.status, 1, `${who}: ${args.join(' ')} is refused`)
      assert.match(ran.stderr, reason)
    },
  }
}
