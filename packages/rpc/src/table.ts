/** The method table: everything a client may call, by name. */
import { type Method, method } from './method.ts'
import { blockMethods } from './methods/blocks.ts'
import { callMethods } from './methods/calls.ts'
import { feeMethods } from './methods/fees.ts'
import { filterMethods } from './methods/filters.ts'
import { logMethods } from './methods/logs.ts'
import { netMethods } from './methods/net.ts'
import { poolMethods } from './methods/pool.ts'
import { stateMethods } from './methods/state.ts'
import { subscriptionMethods } from './methods/subscriptions.ts'
import { transactionMethods } from './methods/transactions.ts'
import { vecheMethods } from './methods/veche.ts'

/** Methods by name. */
export type MethodTable = ReadonlyMap<string, Method>

/** `rpc_modules`: the namespaces of a table, as geth answers it. */
function modulesOf(methods: readonly Method[]): Method {
  const namespaces = [...methods.map(({ name }) => name.split('_')[0] as string), 'rpc']
  const modules = Object.fromEntries(namespaces.sort().map((name) => [name, '1.0']))
  return method({ name: 'rpc_modules', params: [], handle: () => modules })
}

/** A table of methods. Later ones replace earlier ones of the same name. */
export function createTable(methods: readonly Method[]): MethodTable {
  return new Map([...methods, modulesOf(methods)].map((entry) => [entry.name, entry]))
}

/** Every method of a public node. */
export const METHODS: readonly Method[] = [
  ...blockMethods,
  ...transactionMethods,
  ...stateMethods,
  ...callMethods,
  ...logMethods,
  ...filterMethods,
  ...feeMethods,
  ...netMethods,
  ...poolMethods,
  ...subscriptionMethods,
  ...vecheMethods,
]
