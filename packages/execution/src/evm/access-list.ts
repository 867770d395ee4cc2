/** eth_createAccessList: runs the request with the list it found, until the list stays the same. */
import type { AccessListItem } from '@veche/primitives'
import type { AccessListOutcome, CallRequest } from './call-types.ts'
import type { CallSite } from './site.ts'

/** rounds until a fixed point; geth has no bound, two are usual */
const ROUNDS_MAX = 8

function sameList(a: readonly AccessListItem[], b: readonly AccessListItem[]): boolean {
  const text = (list: readonly AccessListItem[]): string =>
    list
      .map(({ address, storageKeys }) => [address, ...[...storageKeys].sort()].join())
      .sort()
      .join(';')
  return text(a) === text(b)
}

/** The addresses and slots a request touches, beyond those that are warm anyway. */
export async function createAccessList(
  site: CallSite,
  request: CallRequest,
): Promise<AccessListOutcome> {
  let list = request.accessList ?? []
  for (let round = 1; ; round++) {
    const run = await site.run({ ...request, accessList: list }, site.gasOf(request), true)
    const { outcome, touched = [] } = run
    if (outcome.kind === 'refused' || outcome.kind === 'timeout') return outcome
    if (!sameList(touched, list) && round < ROUNDS_MAX) {
      list = touched
      continue
    }
    const { gasUsed } = outcome
    if (outcome.kind === 'success') return { kind: 'success', accessList: touched, gasUsed }
    const error = outcome.kind === 'revert' ? 'execution reverted' : outcome.reason
    return { kind: 'success', accessList: touched, gasUsed, error }
  }
}
