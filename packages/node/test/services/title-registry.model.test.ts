/**
 * TitleRegistry against its model: random command sequences on the real byte code through our own
 * executor, behind its proxy and CityAccess as genesis makes them, and after each command the
 * invariants of services.md ("Invariants", TitleRegistry, 1–13).
 */
import {
  accepted,
  foldTitle,
  SHARE_WHOLE,
  TITLE_REGISTRY_ADDRESS,
  titleOfEvent,
  titleRegistry,
} from '@veche/contracts'
import type { Hash, Hex } from '@veche/primitives'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { view } from '../support/service-chain.ts'
import { aCommand, type Bench, ownerC } from '../support/titles-commands.ts'
import { TitlesModel, WINDOW } from '../support/titles-model.ts'
import { materialise, run } from '../support/titles-plays.ts'
import { createTitlesWorld } from '../support/titles-world.ts'

const RUNS = 12
const COMMANDS_MAX = 40
const { encode, decode } = titleRegistry

const STATUSES = ['none', 'active', 'split', 'merged', 'demolished']

/** Folds what happened since the last look; a broken fold is a failure of invariant 2. */
function fold(bench: Bench): Hash[] {
  const { world, stories } = bench
  const touched = new Set<Hash>()
  for (const event of world.events.slice(bench.folded)) {
    const id = titleOfEvent(event)
    if (id === undefined) continue
    touched.add(id)
    const story = accepted(foldTitle(stories.get(id), event))
    assert.ok(story.version >= (stories.get(id)?.version ?? 0), '8: history never shrinks')
    stories.set(id, story)
  }
  bench.folded = world.events.length
  return [...touched]
}

async function look(bench: Bench, id: Hash): Promise<void> {
  const { world, model, stories } = bench
  const read = (data: Hex): Promise<Uint8Array> => view(world.chain, TITLE_REGISTRY_ADDRESS, data)
  const title = accepted(decode.titleOf(await read(encode.titleOf(id))))
  const [meant, story] = [model.titles.get(id), stories.get(id)]
  assert.ok(meant !== undefined && story !== undefined, 'a title that the model knows')
  assert.is(title.ownerC, ownerC(meant), '1: one owner, the model’s')
  assert.is(title.head, story.head, '2: the head folds all that happened')
  assert.is(title.version, meant.version, '2: a version for each change')
  assert.is(STATUSES[title.status], meant.status)
  assert.is(title.share, meant.share)
  assert.is(title.hasConsent, meant.spouse)
  assert.is(title.frozenUntil > model.now, model.isFrozen(meant), '6')
  const liens = accepted(decode.liensOf(await read(encode.liensOf(id))))
  assert.is(title.liens, liens.length, '10: the count is the length')
  assert.equal(
    liens.map((each) => [each.id, each.priority]),
    meant.liens.map((each) => [each.id, each.priority]),
    '10: ranks, and arrival among equals',
  )
}

/** 9: units are neither made nor lost by splits and merges. */
function weigh({ model, entered }: Bench): void {
  const held = [...model.titles.values()]
    .filter(({ status }) => status === 'active' || status === 'demolished')
    .reduce((sum, { share }) => sum + share, 0)
  assert.is(held, entered.size * SHARE_WHOLE, '9: shares are conserved')
}

test('1–13: the register keeps to its model for random commands, honest and not', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(aCommand, { minLength: 28, maxLength: COMMANDS_MAX }),
      async (commands) => {
        const world = await createTitlesWorld()
        const bench: Bench = {
          ...{ world, model: new TitlesModel(world.chain.nowSeconds), stories: new Map() },
          ...{ folded: world.events.length, used: [], salts: 0, entered: new Set<number>() },
        }
        // most commands need a title to act on
        for (const title of [0, 1, 2, 3]) await materialise(bench, { kind: 'materialise', title })
        fold(bench)
        for (const command of commands) {
          await run(bench, command)
          for (const id of fold(bench)) await look(bench, id)
          weigh(bench)
        }
        for (const id of bench.model.titles.keys()) await look(bench, id)
      },
    ),
    { numRuns: RUNS, seed: Number(process.env['SEED'] ?? 20_260_101), endOnFailure: true },
  )
})

test('a window is the contract’s', () => assert.is(WINDOW, 259_200))

test.run()
