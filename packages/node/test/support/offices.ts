/**
 * The city's offices at their command lines in end-to-end tests: `veche roles …` with the key of
 * whoever acts, files of calls, and waiting for a notice to be over.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Hash } from '@veche/primitives'
import * as assert from 'uvu/assert'
import type { Drill } from './drill.ts'
import { type Ran, runMain } from './run-main.ts'
import { until } from './until.ts'

const TIMEOUT_MS = 20_000

interface Listed {
  readonly roles: readonly {
    name: string
    holders: readonly { account: string; inForce: boolean; delaySeconds: number }[]
  }[]
  readonly functions: readonly { contract: string; signature: string; role: string }[]
  readonly operations: readonly { id: Hash; call: string; eta: number }[]
}

/** Offices of a network whose first observer runs. */
export function createOffices(drill: Drill) {
  const rpc = ['--rpc', drill.url('observer-1')]
  const as = (who: string, ...args: readonly string[]): Promise<Ran> => {
    const folder = join(drill.dir, 'keys', who)
    const key = ['--keystore', join(folder, 'keystore.json')]
    const password = ['--password-file', join(folder, 'password')]
    return runMain('roles', ...args, ...rpc, ...key, ...password, '--yes', '--json')
  }
  const file = (name: string, contract: string, call: [name: string, args: object]): string => {
    const path = join(drill.dir, `${name}.json`)
    writeFileSync(path, JSON.stringify({ contract, function: call[0], args: call[1] }))
    return path
  }
  const list = async (): Promise<Listed> =>
    JSON.parse((await runMain('roles', 'list', ...rpc, '--json')).stdout) as Listed
  const pending = async (): Promise<Listed['operations']> => {
    const { stdout } = await runMain('roles', 'pending', ...rpc, '--json')
    return (JSON.parse(stdout) as Pick<Listed, 'operations'>).operations
  }
  return {
    ...{ file, list, pending, as },
    look: (...args: readonly string[]) => runMain('roles', ...args, ...rpc),
    async does(who: string, ...args: readonly string[]): Promise<string> {
      const ran = await as(who, ...args)
      assert.is(ran.status, 0, ran.stderr)
      return ran.stdout
    },
    async refused(reason: RegExp, who: string, ...args: readonly string[]): Promise<void> {
      const ran = await as(who, ...args)
      assert.is(ran.status, 1, `${who} ${args.join(' ')}`)
      assert.match(ran.stderr, reason)
    },
    /** id of the only operation that waits */
    async waiting(): Promise<Hash> {
      const operations = await pending()
      assert.is(operations.length, 1)
      return operations[0]?.id as Hash
    },
    async ready(id: Hash): Promise<void> {
      const waits = (await pending()).find((each) => each.id === id)
      const isOver = async (): Promise<boolean> => Date.now() / 1000 > (waits?.eta ?? 0)
      await until('the notice is over', isOver, TIMEOUT_MS)
    },
  }
}

export type Offices = ReturnType<typeof createOffices>
