/**
 * The reference of identities against a chain of the model test: it finds nothing in what happened,
 * and names what was altered in a history that was not so.
 */
import { type IdentityRecord, identityRegistry } from '@veche/contracts'
import { assert as ensure, type Hash } from '@veche/primitives'
import * as assert from 'uvu/assert'
import { type IdentityEvent, replayIdentities } from '../../src/identities/reference-identities.ts'
import type { Chain } from './service-chain.ts'

/** every event of the register, as an observer reads them */
function allEvents(chain: Chain): IdentityEvent[] {
  const found: IdentityEvent[] = []
  for (let number = 1; number <= chain.head.header.number; number++) {
    const timeSeconds = chain.store.header(number)?.timestamp ?? 0
    const logs = (chain.store.receipts(number) ?? []).flatMap((receipt) => receipt.logs)
    for (const event of identityRegistry.decodeLogs(logs))
      found.push({ event, blockNumber: number, timeSeconds })
  }
  return found
}

/** The reference finds nothing in what happened, and something in each history that was altered. */
export async function checkReference(
  chain: Chain,
  held: (idC: Hash) => Promise<IdentityRecord>,
): Promise<void> {
  const events = allEvents(chain)
  const told = replayIdentities(events)
  assert.equal(told.differences, [])
  for (const name of ['rebind', 'rotate', 'suspend by holder'])
    assert.ok((told.counts[name] ?? 0) > 1, `runs that ${name}: ${JSON.stringify(told.counts)}`)
  for (const [idC, after] of told.records) assert.equal(await held(idC), after)
  assert.ok(events.some(({ event }) => event.name === 'RebindingObjected'))
  const at = events.findIndex(
    ({ event }) => event.name === 'IdentityChanged' && event.args.operation === 8,
  )
  assert.ok(at > 0, 'somebody was bound to another key')
  const rebind = events[at] as IdentityEvent & { event: { args: { idC: Hash } } }
  const { idC } = rebind.event.args
  const first = events.findIndex((each) => 'idC' in each.event.args && each.event.args.idC === idC)
  const isEvidence = ({ event }: IdentityEvent): boolean =>
    event.name === 'RebindingEvidence' && event.args.idC === idC
  const changed = (args: object, place = at): IdentityEvent[] =>
    events.map((each, i) => {
      if (i !== place) return each
      return { ...each, event: { ...each.event, args: { ...each.event.args, ...args } } as never }
    })
  const { event } = rebind
  ensure(event.name === 'IdentityChanged', 'a change')
  const after = event.args.record
  for (const [altered, why] of [
    [events.filter((each, i) => i >= at || !isEvidence(each)), 'fewer than two evidences'],
    [events.toSpliced(at, 0, ...events.slice(0, at).filter(isEvidence)), 'one evidence a time'],
    [changed({ record: { ...after, keyHash: `0x${'77'.repeat(32)}` } }), 'head 0x'],
    [changed({ record: { ...after, status: 3 } }), 'rebind leads to status 3'],
    [changed({ record: { ...after, epoch: after.epoch + 1 } }), 'without another epoch'],
    [changed({ operation: 3 }), 'suspend changes keyHash'],
    [events.toSpliced(first, 1), 'an operation is missing'],
    [
      events.map((each, i) => (i === at ? { ...each, timeSeconds: 1 } : each)),
      'the time of its block',
    ],
  ] as const) {
    const { differences } = replayIdentities(altered)
    assert.ok(
      differences.some((text) => text.includes(why)),
      `${why}: ${differences[0]}`,
    )
  }
}
