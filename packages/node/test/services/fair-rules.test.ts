/** What `veche fairs season plan` says of rules is what the contract says, line for line. */
import {
  completeRules,
  fairOffice,
  packCapacities,
  type SeasonBeacon,
  type SeasonRules,
} from '@veche/contracts/fairs'
import { type Address, assert as must, ZERO_ADDRESS, ZERO_HASH } from '@veche/primitives'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { revertInWords } from '../../src/act/contracts.ts'
import { checkRules } from '../../src/fairs/rules-check.ts'
import * as acts from '../../src/fairs/season-acts.ts'
import { ADMIN, type Chain, createChain, send } from '../support/service-chain.ts'

const DAY = 86_400
const NO_BEACON = { threshold: 0, members: [], groupKey: Array(8).fill(ZERO_HASH), shareKeys: [] }

async function draft(chain: Chain): Promise<{ season: Address; rules: SeasonRules }> {
  const { data, contract } = acts.createSeason(ZERO_HASH)
  const created = await send(chain, { from: ADMIN, to: contract.address, data })
  const event = fairOffice.decodeLogs(created.logs).find(({ name }) => name === 'SeasonCreated')
  must(event?.name === 'SeasonCreated', 'a season')
  const season = event.args.season as Address
  const now = chain.nowSeconds
  const completed = completeRules(
    {
      ...{ mechanism: 1, weekends: 2, fairs: 2, categories: 1, preferencesMax: 2, placesMax: 2 },
      ...{ overflowMax: 0, opensAt: now + 2 * DAY, closesAt: now + 3 * DAY },
      ...{ reviewUntil: now + 4 * DAY, appealSeconds: 2 * DAY, revealSeconds: DAY },
      ...{ offerSeconds: DAY, weekendsFrom: now + 9 * DAY, weekendEverySeconds: 7 * DAY },
      ...{ weekendSeconds: 2 * DAY, graceSeconds: DAY, attester: ZERO_ADDRESS },
    },
    [1, 1, 1, 1],
    { title: 'rules', fairs: ['a', 'b'], categories: ['c'] },
  )
  must(completed.ok, 'rules')
  for (const act of acts.addCapacities(season, [1, 1, 1, 1]))
    must((await send(chain, { from: ADMIN, to: season, data: act.data })).ok, 'capacities')
  must(packCapacities([1, 1, 1, 1]).length === 1, 'one word')
  return { season, rules: completed.value.rules }
}

const BROKEN: readonly (readonly [line: number, Partial<SeasonRules>])[] = [
  [1, { weekends: 0 }],
  [1, { fairs: 0 }],
  [2, { categories: 0 }],
  [2, { categories: 16 }],
  [3, { weekends: 255, fairs: 65_535 }],
  [4, { preferencesMax: 0 }],
  [4, { preferencesMax: 9 }],
  [5, { placesMax: 0 }],
  [5, { placesMax: 3 }],
  [6, { placesMax: 3, preferencesMax: 3 }],
  [7, { overflowMax: 1 }],
  [11, { closesAt: 1 }],
  [12, { reviewUntil: 1 }],
  [13, { appealSeconds: 0 }],
  [14, { revealSeconds: 0 }],
  [14, { offerSeconds: 0 }],
  [15, { revealSeconds: DAY + 1 }],
  [16, { weekendSeconds: 0 }],
  [16, { weekendEverySeconds: DAY }],
  [17, { graceSeconds: 2 * DAY }],
]

test('each broken rule is named before it is published with the line of the contract', async () => {
  const chain = await createChain()
  const { season, rules } = await draft(chain)
  const said = async (tried: SeasonRules): Promise<string> => {
    const beacon = NO_BEACON as unknown as SeasonBeacon
    const acceptance = [ZERO_HASH, ZERO_HASH, ZERO_HASH, ZERO_HASH] as const
    const data = fairOffice.encode.freezeRules(season, tried, beacon, acceptance)
    const { address } = acts.FAIR_OFFICE
    const { ok, returned } = await send(chain, { from: ADMIN, to: address, data })
    must(!ok, 'no group without members')
    return revertInWords(returned).text
  }
  // the first line after the rules' own
  assert.match(await said(rules), /RulesInvalid\(line 20\)/)
  assert.ok(checkRules(rules).ok)
  for (const [line, change] of BROKEN) {
    const tried = { ...rules, ...change }
    const verdict = checkRules(tried)
    assert.ok(!verdict.ok && verdict.reason.includes(`(line ${line} of`), JSON.stringify(verdict))
    assert.match(await said(tried), new RegExp(`RulesInvalid\\(line ${line}\\)`))
  }
})

test.run()
