/**
 * Disaster recovery: the validator set, or the contract that names it, by height, whatever the
 * contract in force says (ADR 0078; Besu's `transitions` of QBFT are the model). When more than f
 * keys are lost for good no vote can replace them; the operators agree on new ones outside the
 * chain and every node is told the same.
 */
import {
  type Address,
  decodeExtraData,
  type Header,
  isAddress,
  type RlpInput,
  VALIDATORS_MAX,
  VecheError,
  ZERO_ADDRESS,
} from '@veche/primitives'
import { OVERRIDES_MAX } from '../limits.ts'

/** One entry; `height` is at least 1. */
export type SetOverride = { readonly height: number } & (
  | {
      /** in force at `height` and above; ascending, unique */
      readonly validators: readonly Address[]
    }
  | {
      /** whose getValidators() after each block from `height` on is in force two blocks later */
      readonly contract: Address
    }
)

function parseEntry(text: string): SetOverride | undefined {
  const [number = '', rest = '', ...more] = text.trim().split(':')
  const height = Number(number)
  if (more.length > 0 || !/^\d{1,15}$/.test(number) || height < 1) return undefined
  const isUsable = (each: string): each is Address => isAddress(each) && each !== ZERO_ADDRESS
  if (rest.startsWith('contract=')) {
    const contract = rest.slice('contract='.length).toLowerCase()
    return isUsable(contract) ? { height, contract } : undefined
  }
  const listed = rest.split(',').map((each) => each.trim().toLowerCase())
  const validators = listed.filter(isUsable).sort()
  if (validators.length !== listed.length || listed.length > VALIDATORS_MAX) return undefined
  return new Set(validators).size === listed.length ? { height, validators } : undefined
}

/**
 * `HEIGHT:ADDRESS,ADDRESS,…` or `HEIGHT:contract=ADDRESS`, several with `;` between them in
 * ascending order; undefined for anything else. An empty text is no override.
 */
export function parseOverrides(text: string): readonly SetOverride[] | undefined {
  if (text.trim() === '') return []
  const entries: SetOverride[] = []
  for (const part of text.split(';')) {
    const entry = parseEntry(part)
    if (entry === undefined || entry.height <= (entries.at(-1)?.height ?? 0)) return undefined
    entries.push(entry)
  }
  return entries.length > OVERRIDES_MAX ? undefined : entries
}

/** The bytes by which nodes compare their overrides; empty for none. */
export function overridesToRlp(entries: readonly SetOverride[]): RlpInput[] {
  return entries.map((entry) => [
    entry.height,
    'contract' in entry ? entry.contract : entry.validators,
  ])
}

/** What the entries say about a height. */
export class SetOverrides {
  readonly entries: readonly SetOverride[]

  constructor(entries: readonly SetOverride[] = []) {
    this.entries = entries
  }

  /** The set that is in force at `height` by an entry; undefined: what the chain says. */
  validatorsAt(height: number): readonly Address[] | undefined {
    const entry = this.entries.findLast((each) => each.height <= height)
    return entry !== undefined && 'validators' in entry ? entry.validators : undefined
  }

  /**
   * The set that header `height` − 1 promises by its vanity, by an entry; undefined: what the chain
   * says. An entry that begins at `height` breaks the promise and is not in it, whether it was
   * known before or after that header: so there is one rule for both.
   */
  promisedAt(height: number): readonly Address[] | undefined {
    return this.validatorsAt(height - 1)
  }

  /**
   * The contract whose answer after block `height` is promised for `height` + 2; undefined: none is
   * asked.
   */
  contractAfter(height: number, byGenesis: Address | undefined): Address | undefined {
    const entry = this.entries.findLast((each) =>
      'contract' in each ? each.height <= height : each.height <= height + 1,
    )
    if (entry === undefined) return byGenesis
    return 'contract' in entry ? entry.contract : undefined
  }

  /**
   * Throws `OVERRIDE_CONFLICT` when a block that is final here, at the height of an entry, was
   * sealed by another set: this node followed the chain without the override.
   */
  check(headerAt: (height: number) => Header | undefined): void {
    for (const entry of this.entries) {
      const header = 'validators' in entry ? headerAt(entry.height) : undefined
      if (header === undefined || !('validators' in entry)) continue
      const extra = decodeExtraData(header.extraData)
      const had = extra.ok ? extra.value.validators : []
      if (String(had) === String(entry.validators)) continue
      throw new VecheError(
        'OVERRIDE_CONFLICT',
        `block ${entry.height}: the set of the override expected, its header names another`,
        { facts: { height: entry.height, expected: entry.validators, got: had } },
      )
    }
  }
}
