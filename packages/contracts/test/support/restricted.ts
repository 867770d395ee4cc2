/**
 * The `restricted` functions of a contract, out of the compiler's syntax tree: its own and those it
 * inherits. `_authorizeUpgrade` stands for `upgradeToAndCall`, which alone calls it.
 */
import { assert, type Hex } from '@veche/primitives'
import { CONTRACTS } from '../../scripts/contracts.ts'
import { runSolc } from '../../scripts/solc.ts'
import { readClosure } from '../../scripts/sources.ts'

interface FunctionNode {
  readonly nodeType: string
  readonly name: string
  readonly functionSelector?: string
  readonly modifiers?: readonly { readonly modifierName: { readonly name: string } }[]
}

interface ContractNode {
  readonly nodeType: string
  readonly id: number
  readonly name: string
  /** itself first, then its bases, the nearest first */
  readonly linearizedBaseContracts: readonly number[]
  readonly nodes: readonly FunctionNode[]
}

const UPGRADE_SELECTOR = '4f1ef286'

async function readContracts(): Promise<ContractNode[]> {
  const sources = readClosure(CONTRACTS.map(({ file }) => file))
  const [output] = await runSolc([[sources, { outputSelection: { '*': { '': ['ast'] } } }]])
  const units = Object.values(output?.sources ?? {})
  const nodes = units.flatMap(({ ast }) => (ast as { nodes: ContractNode[] }).nodes)
  return nodes.filter(({ nodeType }) => nodeType === 'ContractDefinition')
}

function selectorOf({ name, functionSelector }: FunctionNode): string | undefined {
  return name === '_authorizeUpgrade' ? UPGRADE_SELECTOR : functionSelector
}

function restrictedOf(contract: ContractNode, byId: ReadonlyMap<number, ContractNode>): Hex[] {
  const found = new Map<string, boolean>()
  for (const id of contract.linearizedBaseContracts) {
    for (const node of byId.get(id)?.nodes ?? []) {
      const selector = node.nodeType === 'FunctionDefinition' ? selectorOf(node) : undefined
      if (selector === undefined) continue
      const isRestricted = (node.modifiers ?? []).some(
        ({ modifierName }) => modifierName.name === 'restricted',
      )
      // OpenZeppelin's upgradeToAndCall carries no modifier itself: its hook does
      const isHooked = selector === UPGRADE_SELECTOR && node.name !== '_authorizeUpgrade'
      if (!isHooked && !found.has(selector)) found.set(selector, isRestricted)
    }
  }
  return [...found].filter(([, is]) => is).map(([selector]): Hex => `0x${selector}`)
}

/** Contract of scripts/contracts.ts → selectors of its restricted functions, sorted. */
export async function restrictedSelectors(): Promise<ReadonlyMap<string, readonly Hex[]>> {
  const contracts = await readContracts()
  const byId = new Map(contracts.map((contract) => [contract.id, contract]))
  return new Map(
    CONTRACTS.map(({ name }) => {
      const contract = contracts.find((each) => each.name === name)
      assert(contract !== undefined, `the syntax tree of ${name}`)
      return [name, restrictedOf(contract, byId).sort()]
    }),
  )
}
