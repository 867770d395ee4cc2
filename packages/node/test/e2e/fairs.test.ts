/**
 * Seasons of the fairs on a four-validator network: one by the command line alone, played by
 * organiser, members, farmers, relayer, reviewer, arbiter, inspector and observer; at the same time
 * one with more applicants by the load. The reference re-derives both.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { openCity } from '../../src/city/city.ts'
import { loadProfile } from '../../src/load/profiles.ts'
import { runLoad } from '../../src/load/run.ts'
import { createDesk } from '../support/fair-commands.ts'
import { playSeason } from '../support/fair-season-commands.ts'

const APPLICATIONS = 24
/** start of five processes on a machine that does nothing else */
const START_MS = 7_000
const PACE_MAX = 6

test('two seasons at once, by command line and by load, are what the reference gets', async () => {
  const made = mkdtempSync(join(tmpdir(), 'veche-fairs-'))
  const dataDir = join(made, 'city')
  const keysDir = join(dataDir, 'keys')
  const say = (): void => undefined
  const startMs = performance.now()
  const city = await openCity({ dataDir, validators: 4, observers: 1, rpcPort: 0, say })
  try {
    await city.firstFinalBlock()
    // times of a season are fixed beforehand: a machine on which all this starts slowly gets more
    const pace = Math.min(PACE_MAX, Math.max(1, (performance.now() - startMs) / START_MS))
    const { rpcUrl, files } = city
    const stop = new AbortController()
    const loading = runLoad({
      profile: await loadProfile('fairs'),
      ...{ seed: 'e2e', count: APPLICATIONS, rpcUrl, keysDir, pace },
      ...{ validators: 4, realDir: made, signal: stop.signal, say },
    })
    const desk = createDesk({ rpcUrl, keysDir, dir: made })
    const playing = playSeason(desk, { chainId: `${files.chainId}`, pace })
    // when one fails, the other is not left behind with a network that is gone
    playing.catch(() => stop.abort())
    const [loaded, played] = await Promise.allSettled([loading, playing])
    if (played.status === 'rejected') throw played.reason
    if (loaded.status === 'rejected') throw loaded.reason
    const summary = loaded.value
    assert.equal(summary.check.differences, [])
    const { season, eligible, metrics } = summary.facts as {
      season: string
      eligible: number
      metrics: { eligible: number; places: number }
    }
    assert.is(metrics.eligible, eligible)
    assert.ok(metrics.places > 0)
    const { count, seasons } = (await desk.asks('list')) as {
      count: number
      seasons: readonly { season: string; stage: string; applications: number }[]
    }
    assert.is(count, 2)
    const listed = seasons.find((one) => one.season === season)
    assert.is(listed?.stage, 'settled')
    assert.is(listed?.applications, APPLICATIONS)
  } finally {
    await city.stop()
    rmSync(made, { recursive: true, force: true })
  }
})

test.run()
