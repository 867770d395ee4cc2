/**
 * Finds out that this node is too old: validators of the set follow a fork that it does not know
 * (EIP-2124). One stranger's word is nothing, and f members may lie; f + 1 proven members cannot
 * all lie.
 */
import { type Address, VecheError } from '@veche/primitives'

export interface ForkWatchOptions {
  /** the set in force */
  readonly validators: () => readonly Address[]
  /** the node must stop */
  readonly onTooOld: (cause: VecheError) => void
}

export interface StaleWord {
  /** proven by the peer; undefined for an observer */
  readonly validator: Address | undefined
  /** when the fork begins or began as far as the peer said, unix seconds; 0 when it did not say */
  readonly forkTime: number
}

/**
 * Takes the words of peers whose forks this node does not know; tells once, with `NODE_TOO_OLD`.
 */
export function createForkWatch(options: ForkWatchOptions): (word: StaleWord) => void {
  const heard = new Map<Address, number>()
  let told = false
  return ({ validator, forkTime }) => {
    const members = options.validators()
    if (told || validator === undefined || !members.includes(validator)) return
    heard.set(validator, forkTime)
    const follow = members.filter((member) => heard.has(member))
    const faulty = Math.floor((members.length - 1) / 3)
    if (follow.length <= faulty) return
    told = true
    const time = Math.max(...heard.values())
    const since = time === 0 ? '' : ` that began at ${new Date(time * 1000).toISOString()}`
    options.onTooOld(
      new VecheError(
        'NODE_TOO_OLD',
        `${follow.length} of ${members.length} validators follow a fork${since} that this node ` +
          'does not know: install the release that has it, set its time in the genesis file or ' +
          'as forks.<name> (or the validatorsOverride that they have), and start again; nothing ' +
          'needs to be deleted',
        { facts: { validators: follow, forkTime: time } },
      ),
    )
  }
}
