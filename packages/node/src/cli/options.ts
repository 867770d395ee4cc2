/** Option parsers that several commands share. */
import { InvalidArgumentError, Option } from 'commander'

/** A parser of whole numbers in a range; commander prints its message. */
export function integer(minimum: number, maximum: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (!/^\d+$/.test(text) || value < minimum || value > maximum)
      throw new InvalidArgumentError(`whole number from ${minimum} to ${maximum} expected.`)
    return value
  }
}

export const jsonOption = (): Option =>
  new Option('--json', 'print one JSON object instead of text').default(false)

export const rpcOption = (): Option =>
  new Option('--rpc <url>', 'JSON-RPC of any node').default('http://127.0.0.1:8545')

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`)
}
