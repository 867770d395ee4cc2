/**
 * Worst time per gas of each opcode class and precompile, in a contract that does nothing else:
 * what the genesis gas limit follows from (consensus.md, "Parameters"; ADR 0033). Run this file
 * itself for the table in ns/gas: `node bench/micro/execution.worst-case.bench.ts`.
 */
import { createExecutor, decodeGenesis, type Executor, genesisBlock } from '@veche/execution'
import { assert, type Header, type StateReader, secretKeyToAddress } from '@veche/primitives'
import { installNativeCrypto } from '@veche/primitives/native'
import { type Cost, costs, HELPERS } from '../lib/worst-cases.ts'

export const name = 'execution/worst-case'

interface Site {
  readonly executor: Executor
  readonly head: Header
}

function addressOf(index: number): `0x${string}` {
  return `0x${(0xc0000 + index).toString(16).padStart(40, '0')}`
}

async function openSite(): Promise<Site> {
  await installNativeCrypto()
  const contracts = costs.map((cost, index) => [addressOf(index), { code: cost.code }])
  const genesis = decodeGenesis({
    config: { chainId: 1 },
    timestamp: 0,
    gasLimit: 100_000_000,
    validators: [secretKeyToAddress(new Uint8Array(32).fill(1))],
    alloc: { ...HELPERS, ...Object.fromEntries(contracts) },
  })
  assert(genesis.ok, 'the bench genesis is well-formed')
  const { block, diff } = await genesisBlock(genesis.value)
  const store: StateReader = {
    account: (address) => diff.accounts.get(address) ?? undefined,
    slot: (address, slot) => diff.slots.get(address)?.get(slot),
    code: (hash) => diff.codes.get(hash),
    trieNode: (hash) => diff.trieNodes.get(hash),
  }
  const head = block.header
  return { executor: createExecutor({ store, genesis: genesis.value, head }), head }
}

let site: Promise<Site> | undefined

/** Spends `gas` in one contract; resolves to the kind of the outcome. */
async function spend(index: number, gas: bigint): Promise<string> {
  site ??= openSite()
  const { executor, head } = await site
  const cost = costs[index] as Cost
  const limits = { gasCap: gas, timeMs: 600_000 }
  const request = { to: addressOf(index), input: cost.input ?? new Uint8Array(0), gas }
  const outcome = await executor.call(request, head, limits)
  return outcome.kind
}

/** One case per cost; the whole gas is spent each time, so ops/s × gas is the gas rate. */
export function cases(size: 'smoke' | 'full') {
  const gas = size === 'smoke' ? 300_000n : 3_000_000n
  const chosen = size === 'smoke' ? [0, 5, costs.length - 1] : costs.keys()
  return [...chosen].map((index) => ({
    name: `execution/worst-case ${(costs[index] as Cost).name} gas=${gas}`,
    async: true,
    run: () => spend(index, gas),
  }))
}

/**
 * CPU ns per gas: the best of three runs after one to warm up, since other work shares the
 * machine.
 */
async function measure(index: number, gas: bigint): Promise<number> {
  await spend(index, gas)
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < 3; i++) {
    const started = process.cpuUsage()
    await spend(index, gas)
    const { user, system } = process.cpuUsage(started)
    best = Math.min(best, user + system)
  }
  return (best * 1e3) / Number(gas)
}

async function printTable(): Promise<void> {
  const rows: { name: string; nsPerGas: number }[] = []
  for (const [index, cost] of costs.entries()) {
    if (process.argv[2] !== undefined && !cost.name.includes(process.argv[2])) continue
    rows.push({ name: cost.name, nsPerGas: await measure(index, 2_000_000n) })
  }
  rows.sort((a, b) => b.nsPerGas - a.nsPerGas)
  process.stdout.write('| opcode or precompile | CPU ns/gas |\n|---|---:|\n')
  for (const { name: title, nsPerGas } of rows)
    process.stdout.write(`| ${title} | ${nsPerGas.toFixed(1)} |\n`)
}

if (import.meta.main) await printTable()
